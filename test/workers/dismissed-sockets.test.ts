/** Sockets that are closed at once when their credential, their principal or their tenant ends: the idle ones too. */
import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Dismissal } from '../../durable-objects/index.ts';
import { dismissSockets } from '../../worker/live/dismiss-sockets.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { testApp } from './support/entry.ts';
import { faultyPlatform } from './support/faults.ts';
import { env, useKeptQueue } from './support/harness.ts';
import { ADMIN_KEY, isolate, issued, posting } from './support/keyed-shop.ts';
import { liveObject } from './support/live-client.ts';

useKeptQueue();

const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 2_000, interval: 10 });

/** A socket without a subscription: nothing is ever sent on it. */
async function idle(key: string) {
  const { webSocket } = await isolate()(key, '/v1/live', { headers: { upgrade: 'websocket' } });
  const socket = webSocket ?? expect.unreachable();
  const closes: number[] = [];
  const frames: string[] = [];
  socket.addEventListener('close', ({ code }) => closes.push(code));
  socket.addEventListener('message', ({ data }) => frames.push(String(data)));
  socket.accept();
  onTestFinished(() => socket.close());
  const isAnswered = async () => {
    if (closes.length > 0) return false;
    socket.send(JSON.stringify({ type: 'unsubscribe', id: 'none' }));
    await until(() => frames.length + closes.length > 0);
    return frames.length === 1;
  };
  return { closes, isAnswered };
}

function rotated(id: string, graceMs: number) {
  return isolate()(ADMIN_KEY, `/v1/keys/${id}/rotate`, posting({ graceMs }));
}

describe('TK14 an idle socket is closed within two seconds', () => {
  test.each([false, true])('of its key’s revocation; asleep: %s', async (slept) => {
    const tenant = `dismissed-${slept}`;
    const [one, other] = [await issued({ tenant }), await issued({ tenant })];
    const sockets = [await idle(one.key), await idle(one.key)];
    const stays = await idle(other.key);
    if (slept) await evictDurableObject(liveObject(tenant), { webSockets: 'hibernate' });
    await isolate()(ADMIN_KEY, `/v1/keys/${one.id}/revoke`, posting({ reason: 'left in a log' }));
    await until(() => sockets.every(({ closes }) => closes.length > 0));
    expect(sockets.map(({ closes }) => closes)).toEqual([[4403], [4403]]);
    expect(await stays.isAnswered()).toBe(true);
  });

  test('of a rotation without grace, with 4401, since the new key may open the next', async () => {
    const { id, key } = await issued({ tenant: 'rotating' });
    const before = await idle(key);
    const { key: next } = await (await rotated(id, 0)).json<{ key: string }>();
    await until(() => before.closes.length > 0);
    expect(before.closes).toEqual([4401]);
    const after = await idle(next);
    await dismissSockets(env, machinery, 'rotating', { credential: `key:${id}` });
    expect(await after.isAnswered()).toBe(true);
  });

  test('and not of a rotation with grace', async () => {
    const { id, key } = await issued({ tenant: 'graceful' });
    const socket = await idle(key);
    await rotated(id, 60_000);
    expect(await socket.isAnswered()).toBe(true);
  });
});

test('TK14 an idle event stream ends too, and is refused when its browser reconnects', async () => {
  const { id, key } = await issued({ tenant: 'streaming' });
  const stream = await isolate()(key, '/v1/live/products');
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('event: snapshot')) text += (await reader?.read())?.value ?? '';
  await isolate()(ADMIN_KEY, `/v1/keys/${id}/revoke`, posting({ reason: 'left in a log' }));
  const ends = Promise.withResolvers<string>();
  setTimeout(() => ends.resolve('still open'), 2_000);
  const read = reader?.read().then(({ done }) => (done ? 'ended' : 'sent something'));
  expect(await Promise.race([read, ends.promise])).toBe('ended');
  expect((await isolate()(key, '/v1/live/products')).status).toBe(401);
});

const machinery = { app: testApp, platform: { ...faultyPlatform, log: () => undefined } };

describe('TK15 a dismissal closes the sockets that it names', () => {
  test.each<[string, Dismissal, boolean, boolean]>([
    ['of a principal', { principal: 'user:ann' }, true, false],
    ['of another', { principal: 'user:eve' }, false, false],
    ['of the whole tenant', {}, true, true],
  ])('%s', async (what, dismissal, ann, bob) => {
    const tenant = `named-${what.replaceAll(' ', '-')}`;
    const [anns, bobs] = [
      await idle((await issued({ tenant, principal: 'user:ann' })).key),
      await idle((await issued({ tenant, principal: 'user:bob' })).key),
    ];
    const foreign = await idle((await issued({ principal: 'user:ann' })).key);
    await dismissSockets(env, machinery, tenant, dismissal);
    await until(() => anns.closes.length + bobs.closes.length === Number(ann) + Number(bob));
    expect(anns.closes).toEqual(ann ? [4403] : []);
    expect(bobs.closes).toEqual(bob ? [4403] : []);
    for (const [socket, isClosed] of [
      [anns, ann],
      [bobs, bob],
      [foreign, false],
    ] as const) {
      expect(await socket.isAnswered()).toBe(!isClosed);
    }
  });

  test('and none whose credential is valid, whatever is said of it', async () => {
    const { id, key } = await issued({ tenant: 'valid' });
    const socket = await idle(key);
    await dismissSockets(env, machinery, 'valid', { credential: `key:${id}` });
    expect(await socket.isAnswered()).toBe(true);
  });

  test('and fails nothing where the Live object does not answer', async () => {
    const lines: unknown[] = [];
    const { LIVE: objects }: LedgeEnv = env;
    const away: LedgeEnv = {
      ...env,
      LIVE: {
        getByName: (name) => ({
          fetch: (request) => objects.getByName(name).fetch(request),
          changed: (watches) => objects.getByName(name).changed(watches),
          dismiss: () => new Promise(() => undefined),
        }),
      },
    };
    const platform = { log: (...line: unknown[]) => void lines.push(line) };
    await dismissSockets(away, { app: testApp, platform }, 'main', {});
    expect(lines).toMatchObject([['warn', { operation: 'dismiss-sockets', tenant: 'main' }]]);
  });
});
