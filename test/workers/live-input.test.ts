/** Invalid input on `/v1/live`: harmless faults are answered, others close the client's own socket alone. */
import { createExecutionContext } from 'cloudflare:test';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineApp } from '../../core/app.ts';
import type { ServerFrame } from '../../core/live/live-protocol.ts';
import { FRAME_CHARACTERS_MAX } from '../../core/live/live-protocol.ts';
import { asyncapiDocument } from '../../worker/api/openapi/asyncapi.ts';
import { openSocket } from '../../worker/live/open-socket.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { liveStub } from '../../worker/runtime/object-stubs.ts';
import { testApp, worker } from './support/entry.ts';
import { faultyPlatform } from './support/faults.ts';
import { fitting, spoilt } from './support/from-json-schema.ts';
import { deliver, env, keptMessages, send, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { expectDescribed, expectProblem } from './support/hostile.ts';
import { closeAll, LiveClient, openLive } from './support/live-client.ts';
import { unrestrictedCaller } from './support/unrestricted-caller.ts';

useKeptQueue();
afterEach(closeAll);

const subscribe = { type: 'subscribe', id: 's', query: 'products' };

/** The problem for a frame; the socket has to stay open. */
async function problemOf(frame: unknown): Promise<ServerFrame & { type: 'error' }> {
  const client = await openLive();
  client.sendRaw(typeof frame === 'string' ? frame : JSON.stringify(frame));
  const error = await client.next('error');
  client.subscribe('still', 'customers');
  await client.next('snapshot', 'still');
  if (error.type !== 'error') throw new Error('The frame is an error.');
  return error;
}

describe('B10 a harmless fault is answered with a problem, and the socket stays open', () => {
  test.each([
    ['no JSON', '{"type":', ''],
    ['nothing', '', ''],
    ['no object', '[]', ''],
    ['a deep one', '['.repeat(1_000), ''],
    ['a key twice', '{"type":"subscribe","type":"unsubscribe"}', ''],
    ['an unknown type', { type: 'publish', id: 's' }, '/type'],
    ['no id', { type: 'unsubscribe' }, '/id'],
    ['a field too many', { ...subscribe, tenant: 'other' }, '/tenant'],
  ])('%s', async (_what, frame, at) => {
    const { problem } = await problemOf(frame);
    expectDescribed(problem, 'invalid');
    expect(problem).toMatchObject({ errors: [{ at }] });
  });

  test.each([
    ['an unknown query', { query: 'secrets' }, 'unknown'],
    ['a query called constructor', { query: 'constructor' }, 'unknown'],
    ['a filter that is none', { input: { color: 'red' } }, 'invalid'],
    ['a limit that is none', { input: { limit: '0' } }, 'invalid'],
    ['a cursor', { input: { cursor: 'x' } }, 'invalid'],
    ['a count', { input: { count: 'true' } }, 'invalid'],
    ['a key of too many parts', { key: ['a', 'b'] }, 'invalid'],
    ['a key and input', { key: ['a'], input: {} }, 'invalid'],
    ['a key of a named query', { query: 'orders-of-customer', key: ['a'] }, 'invalid'],
    ['input that a named query does not take', { query: 'orders-of-customer' }, 'invalid'],
  ] as const)('%s', async (_what, more, kind) => {
    const { id, problem } = await problemOf({ ...subscribe, ...more });
    expect(id).toBe('s');
    expectDescribed(problem, kind);
  });

  test('a subscription that is ended twice, or was never begun', async () => {
    const { id, problem } = await problemOf({ type: 'unsubscribe', id: 'never' });
    expect(id).toBe('never');
    expectDescribed(problem, 'unknown');
  });
});

describe('V15 a frame that is refused is answered with the id of its subscription, and the socket stays open', () => {
  test.each([
    ['longer than a frame may be', { input: { 'product.in': 'p,'.repeat(10_000) } }, /16384/],
    ['with a key that is too long', { key: ['x'.repeat(2_000)] }, /key/],
    ['with too many tokens', { consistentWith: Array(21).fill('product/a@1') }, /consistentWith/],
    ['with a field that is none', { tenant: 'other' }, /tenant/],
  ])('%s', async (_what, more, said) => {
    const { id, problem } = await problemOf({ ...subscribe, id: 'mine', ...more });
    expect(id).toBe('mine');
    expectDescribed(problem, 'invalid');
    expect(problem.detail).toMatch(said);
  });

  test('and with none where it has no id that could be one', async () => {
    for (const id of [7, '', 'x'.repeat(65), { id: 'deep' }]) {
      expect(await problemOf({ ...subscribe, id })).not.toHaveProperty('id');
    }
  });
});

describe('B10 a frame that is spoilt in one place is answered with a problem', () => {
  const messages = asyncapiDocument(testApp).components.messages;

  test.each(['subscribe', 'unsubscribe'])('%s', async (name) => {
    const payload = messages[name]?.payload ?? false;
    const schema = z.fromJSONSchema(payload);
    const frames = fitting(payload, {})
      .chain(spoilt)
      .filter((frame) => !schema.safeParse(frame).success)
      .filter((frame) => JSON.stringify(frame).length < FRAME_CHARACTERS_MAX);
    const seed = env.LEDGE_SEED ?? Date.now() % 1_000_000;
    for (const frame of fc.sample(frames, { numRuns: 20 * env.LEDGE_SCALE, seed })) {
      expectDescribed((await problemOf(frame)).problem, 'invalid');
    }
  });
});

describe('B11 limits', () => {
  test.each([
    ['bytes that are no text', 1003, new ArrayBuffer(3)],
    [
      'a frame that is far too large',
      1009,
      JSON.stringify({ ...subscribe, input: { name: 'x'.repeat(65_536) } }),
    ],
    ['a megabyte', 1009, 'x'.repeat(1_048_576)],
  ])('closes the socket: %s', async (_what, code, frame) => {
    const client = await openLive();
    client.sendRaw(frame);
    await client.until(() => client.closed !== undefined);
    expect(client.closed).toBe(code);
    expect(client.closeReason).toMatch(code === 1003 ? /JSON text/ : /at most 16384 characters/);
  });

  test('ten thousand tiny frames close the socket, and leave others alone', async () => {
    const other = await openLive();
    other.subscribe('p', 'products', { input: { name: 'calm' } });
    await other.next('snapshot');
    const client = await openLive();
    for (let frame = 0; frame < 10_000; frame++) client.sendRaw('{}');
    await client.until(() => client.closed !== undefined);
    expect(client.closed).toBe(1008);
    expect(client.closeReason).toBe('Too many frames: 200 at once, 20 a second after that.');
    expect(client.frames.length).toBeLessThan(1_000);
    await send('product/calm', 'RegisterProduct', { name: 'calm', priceCents: 1 });
    await deliver(keptMessages());
    await other.until(() => other.keys('p').includes('calm'));
  }, 60_000);

  test('a socket has 64 subscriptions, and one more is answered with a problem', async () => {
    const client = await openLive();
    for (let index = 0; index < 65; index++) client.subscribe(`s-${index}`, 'products');
    const error = await client.next('error');
    expect(error).toMatchObject({ id: 's-64', problem: { status: 409 } });
    await client.until(() => client.types().filter((type) => type === 'snapshot').length === 64);
  });

  test('subscriptions that do not fit in what outlives a sleep are refused, the others stay', async () => {
    const client = await openLive();
    const input = { 'name.in': 'ł'.repeat(4_000) };
    for (const id of ['a', 'b', 'c']) client.subscribe(id, 'products', { input });
    expect(await client.next('error')).toMatchObject({
      id: 'c',
      problem: { status: 409, detail: expect.stringContaining('16384 bytes') },
    });
    await client.until(() => client.types().length === 3);
    expect(client.types().filter((type) => type === 'snapshot')).toHaveLength(2);
  });
});

describe('B13 a client that is not allowed', () => {
  const upgrade = { headers: { upgrade: 'websocket' } };

  test('is refused before there is a socket: no credential, no upgrade', async () => {
    const closed = { ...env, LEDGE_LOCAL_DEVELOPMENT: 'false' };
    for (const path of ['/v1/live', '/v1/live/products', '/asyncapi.json']) {
      const request = new Request(`http://ledge.test${path}`, upgrade);
      const response = await worker.fetch(request, closed, createExecutionContext());
      expect(response.status).toBe(401);
      expect(response.webSocket).toBeNull();
    }
  });

  test('a request without an upgrade is a problem', async () => {
    const { headers } = await expectProblem('upgrade-required', '/v1/live');
    expect(headers.get('upgrade')).toBe('websocket');
    await expectProblem('invalid', '/v1/live?tenant=other', upgrade);
    await expectProblem('invalid', '/v1/live?client=', upgrade);
  });

  test('no client gets another tenant’s rows, or learns that there are any', async () => {
    await send('product/first', 'RegisterProduct', { name: 'first', priceCents: 1 });
    await deliver(keptMessages());
    const opened = await openSocket(liveStub(env, 'other', 0), unrestrictedCaller('theirs'));
    const webSocket = 'outcome' in opened ? undefined : opened.webSocket;
    const theirs = new LiveClient(webSocket ?? expect.unreachable(), () => undefined);
    theirs.subscribe('p', 'products');
    await theirs.next('snapshot');
    const mine = await openLive();
    mine.subscribe('p', 'products', { input: { name: 'ours' } });
    await mine.next('snapshot');
    await send('product/ours', 'RegisterProduct', { name: 'ours', priceCents: 1 });
    await deliver(keptMessages());
    await mine.until(() => mine.keys('p').includes('ours'));
    expect(theirs.rows('p')).toEqual([]);
    expect(theirs.types()).toEqual(['snapshot']);
    theirs.close();
  });
});

test('B13 a tenant’s sockets are spread by their client’s name', async () => {
  const spread = heldLedge(defineApp({ ...testApp, live: { shards: 4 } }), faultyPlatform);
  const names: string[] = [];
  const { LIVE: objects }: LedgeEnv = env;
  const at: LedgeEnv = {
    ...env,
    LIVE: {
      getByName: (name) => {
        names.push(name);
        return objects.getByName(name);
      },
    },
  };
  for (const client of ['a', 'a', 'b', 'c', 'd', 'e', 'f']) {
    const request = new Request(`http://ledge.test/v1/live?client=${client}`, {
      headers: { upgrade: 'websocket' },
    });
    const { webSocket } = await spread.fetch(request, at, createExecutionContext());
    webSocket?.accept();
    webSocket?.close();
  }
  expect(names[0]).toBe(names[1]);
  expect(new Set(names).size).toBeGreaterThan(1);
  expect(names.every((name) => /^main\/[0-3]$/.test(name))).toBe(true);
});
