/** API keys let their bearers in, and nothing else, on a Worker as it is deployed. */

import { createExecutionContext, evictDurableObject } from 'cloudflare:test';
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { bytesOf, keyText, parseKeyText } from '../../core/access/key-text.ts';
import { issueKey, newKeyId } from '../../worker/access/issue-key.ts';
import type { Authenticate } from '../../worker/runtime/principal.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { deliver, keptMessages, objectOf, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import {
  ADMIN_HASH,
  ADMIN_KEY,
  askedObjects,
  deployed,
  isolate,
  issued,
  posting,
  revoked,
  statusFor,
} from './support/keyed-shop.ts';
import { SECRET } from './support/secret.ts';

useKeptQueue();

beforeEach(() => {
  askedObjects.length = 0;
});

const SECONDS_TEN = 10_000;
const DAY_MS = 86_400_000;

test('AK3 from a deployed Worker to a command that is accepted under a key, until it is revoked', async () => {
  const ask = isolate();
  expect((await ask(undefined, '/v1/me')).status).toBe(401);

  const key = await issued({ note: 'the shop server' }, ask);
  expect(key).toMatchObject({ status: 'active', tenant: 'main', principal: 'service:shop' });
  expect(await (await ask(key.key, '/v1/me')).json()).toMatchObject({
    ...{ id: 'service:shop', tenant: 'main', roles: [], claims: {}, expiresAt: null },
  });

  const registering = posting({ name: 'Chai', priceCents: 1_800 });
  const sent = await ask(key.key, '/v1/commands/product/chai/RegisterProduct', registering);
  expect(await sent.json()).toMatchObject({
    outcome: 'accepted',
    events: [{ tenant: 'main', metadata: { actor: 'service:shop' } }],
  });
  await deliver(keptMessages());
  const rows = await ask(key.key, '/v1/queries/products/chai');
  expect(await rows.json()).toMatchObject({ name: 'Chai', priceCents: 1_800 });

  await revoked(key.id);
  faults.clockSkewMs += SECONDS_TEN;
  const refused = await ask(key.key, '/v1/commands/product/chai/RegisterProduct', registering);
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toContain('Bearer realm="ledge"');
  expect(await refused.json()).toMatchObject({ why: 'invalid' });
});

describe('AK4 what was not issued here is refused without a request to any object', () => {
  /** The key with one bit of its bytes changed. */
  function changed(key: string, byte: number): string {
    const { id, secret, tag } = parseKeyText(key) ?? expect.unreachable();
    const bytes = Uint8Array.from([...bytesOf(id), ...secret, ...tag]);
    bytes[byte] = (bytes[byte] ?? 0) ^ 1;
    return keyText(bytes);
  }

  test.each([
    ['a changed id', (key: string) => changed(key, 0)],
    ['a changed secret', (key: string) => changed(key, 12)],
    ['a changed tag', (key: string) => changed(key, 39)],
    ['a truncated key', (key: string) => key.slice(0, -1)],
    ['a longer key', (key: string) => `${key}0`],
    ['a made-up key', () => keyText(crypto.getRandomValues(new Uint8Array(40)))],
    ['another text', () => 'hunter2'],
    ['the hash of the administrator’s key', () => ADMIN_HASH],
    ['an empty text', () => ''],
    ['a huge text', () => 'ledge_'.repeat(1_000)],
  ])('%s', async (_what, forge) => {
    const { key } = await issued();
    askedObjects.length = 0;
    const ask = isolate();
    expect(await statusFor(ask, forge(key))).toBe(401);
    expect(askedObjects).toEqual([]);
    expect(await statusFor(ask, key)).toBe(200);
    expect(askedObjects.length).toBe(2);
  });

  test('a key of a deployment with another secret', async () => {
    const { key } = await issued({}, isolate({ ...deployed, LEDGE_SECRET: `${SECRET}, another` }));
    askedObjects.length = 0;
    expect(await statusFor(isolate(), key)).toBe(401);
    expect(askedObjects).toEqual([]);
  });

  test('in any place but the Authorization header', async () => {
    const { key } = await issued();
    const ask = isolate();
    const headers = { cookie: `ledge=${key}`, 'x-api-key': key };
    expect((await ask(undefined, `/v1/me?token=${key}`, { headers })).status).toBe(401);
    const basic = { authorization: `Basic ${key}` };
    expect((await ask(undefined, '/v1/me', { headers: basic })).status).toBe(401);
  });
});

describe('AK5 a key costs one object request in ten seconds, and its tenant another', () => {
  test('a known one costs none', async () => {
    const { id, key } = await issued();
    askedObjects.length = 0;
    const ask = isolate();
    for (let request = 0; request < 5; request++) expect(await statusFor(ask, key)).toBe(200);
    faults.clockSkewMs += SECONDS_TEN - 1_000;
    expect(await statusFor(ask, key)).toBe(200);
    expect(askedObjects).toEqual([`ledge/ledge.key/${id}`, 'ledge/ledge.tenant/main']);
    faults.clockSkewMs += 1_000;
    expect(await statusFor(ask, key)).toBe(200);
    expect(askedObjects.length).toBe(4);
  });

  test('one that was revoked, or never became a key, costs no more', async () => {
    const { id, key } = await issued();
    await revoked(id);
    askedObjects.length = 0;
    const ask = isolate();
    for (let request = 0; request < 5; request++) expect(await statusFor(ask, key)).toBe(401);
    expect(askedObjects.length).toBe(1);
  });

  test('a clock that goes back makes an answer old', async () => {
    const { id, key } = await issued();
    const ask = isolate();
    faults.clockSkewMs = DAY_MS;
    expect(await statusFor(ask, key)).toBe(200);
    faults.clockSkewMs = 0;
    await revoked(id);
    expect(await statusFor(ask, key)).toBe(401);
  });
});

describe('AK6 within ten seconds a key is refused everywhere', () => {
  test.each([false, true])('once it is revoked; its object evicted: %s', async (evicted) => {
    const { id, key } = await issued();
    const isolates = [isolate(), isolate()];
    for (const ask of isolates) expect(await statusFor(ask, key)).toBe(200);
    await revoked(id);
    if (evicted) await evictDurableObject(objectOf(`ledge.key/${id}`, 'ledge'));
    faults.clockSkewMs += SECONDS_TEN;
    for (const ask of isolates) expect(await statusFor(ask, key)).toBe(401);
  });

  test('once it has expired, at that moment', async () => {
    const expiresAt = new Date(Date.now() + DAY_MS).toISOString();
    const { key } = await issued({ expiresAt });
    const ask = isolate();
    expect(await (await ask(key, '/v1/me')).json()).toMatchObject({ expiresAt });
    faults.clockSkewMs = DAY_MS - 5_000;
    expect(await statusFor(ask, key)).toBe(200);
    faults.clockSkewMs = DAY_MS + 1;
    expect(await statusFor(ask, key)).toBe(401);
  });

  test('once it is rotated and the grace period is over; the new one stays', async () => {
    const { id, key } = await issued();
    const ask = isolate();
    const path = `/v1/keys/${id}/rotate`;
    const rotated = await ask(ADMIN_KEY, path, posting({ graceMs: DAY_MS }));
    const { key: newKey }: { key: string } = await rotated.json();
    expect(newKey).not.toBe(key);
    for (const one of [key, newKey]) expect(await statusFor(ask, one)).toBe(200);
    faults.clockSkewMs = DAY_MS + 1;
    expect(await statusFor(ask, key)).toBe(401);
    expect(await statusFor(ask, newKey)).toBe(200);
  });

  test('but the key that a rotation shows works at once, wherever the old one is known', async () => {
    const { id, key } = await issued();
    const ask = isolate();
    expect(await statusFor(ask, key)).toBe(200);
    const rotated = await isolate()(ADMIN_KEY, `/v1/keys/${id}/rotate`, posting());
    const { key: newKey }: { key: string } = await rotated.json();
    expect(await statusFor(ask, newKey)).toBe(200);
  });

  test('once it is rotated twice, or without a grace period', async () => {
    const { id, key } = await issued();
    const ask = isolate();
    for (const graceMs of [DAY_MS, DAY_MS]) {
      await ask(ADMIN_KEY, `/v1/keys/${id}/rotate`, posting({ graceMs }));
    }
    expect(await statusFor(isolate(), key)).toBe(401);
    const other = await issued();
    await ask(ADMIN_KEY, `/v1/keys/${other.id}/rotate`, posting({ graceMs: 0 }));
    expect(await statusFor(isolate(), other.key)).toBe(401);
  });
});

describe('AK7 the secrets', () => {
  const renewed = `${SECRET}, renewed`;

  test('a key of the previous secret works while that is there, and one issued meanwhile after it', async () => {
    const { key } = await issued();
    const both = { ...deployed, LEDGE_SECRET: renewed, LEDGE_SECRET_PREVIOUS: SECRET };
    expect(await statusFor(isolate(both), key)).toBe(200);
    const later = await issued({}, isolate(both));
    const alone = { ...deployed, LEDGE_SECRET: renewed };
    expect(await statusFor(isolate(alone), key)).toBe(401);
    expect(await statusFor(isolate(alone), later.key)).toBe(200);
  });

  const { LEDGE_SECRET: _secret, LEDGE_ADMIN: _admin, ...bare } = deployed;

  test.each([
    ['without any', bare],
    ['with an empty one', { ...bare, LEDGE_SECRET: '' }],
    ['with one that could be guessed', { ...bare, LEDGE_SECRET: 'letmein' }],
    ['with the previous one alone', { ...bare, LEDGE_SECRET_PREVIOUS: SECRET }],
    ['with the key in place of its hash', { ...bare, LEDGE_ADMIN: ADMIN_KEY }],
  ])('%s everything is closed', async (_what, bindings) => {
    const { key } = await issued();
    const guessed = issueKey('letmein', newKeyId(Date.now()));
    askedObjects.length = 0;
    for (const one of [key, guessed.key, ADMIN_KEY]) {
      expect(await statusFor(isolate(bindings), one)).toBe(401);
    }
    expect(askedObjects).toEqual([]);
  });

  test('the hash of the administrator’s key may be base64url', async () => {
    const hash = createHash('sha256').update(ADMIN_KEY).digest('base64url');
    const ask = isolate({ ...bare, LEDGE_ADMIN: hash });
    expect(await statusFor(ask, ADMIN_KEY)).toBe(200);
    const response = await ask(ADMIN_KEY, '/v1/keys', posting({ principal: 'service:shop' }));
    expect(response.status).toBe(409);
    expect(await response.text()).toContain('LEDGE_SECRET');
  });
});

test('AK8 keys are issued, used, listed and revoked while D1 is down', async () => {
  faults.beforeTrip = () => {
    throw new Error('D1_ERROR: Network connection lost.');
  };
  const { id, key } = await issued();
  const ask = isolate();
  const sent = await ask(
    key,
    '/v1/commands/product/oolong/RegisterProduct',
    posting({ name: 'Oolong', priceCents: 1 }),
  );
  expect(sent.status).toBe(200);
  const listed = await ask(ADMIN_KEY, '/v1/keys');
  expect(await listed.text()).toContain(id);
  await revoked(id);
  expect(await statusFor(isolate(), key)).toBe(401);
});

test('AK8 an object that does not answer lets nothing in', async () => {
  const { key } = await issued();
  const away = {
    getByName: () => ({
      currentState: () => Promise.reject(new Error('Network connection lost.')),
    }),
  };
  const response = await isolate({ ...deployed, AGGREGATE: away as never })(key, '/v1/me');
  expect(response.status).toBe(503);
});

describe('AK9 under local development', () => {
  const local = { ...deployed, LEDGE_LOCAL_DEVELOPMENT: 'true', LEDGE_DEV_HOSTS: 'shop.example' };

  test('no credential is needed, and one that is sent is judged', async () => {
    const { key } = await issued();
    const ask = isolate(local);
    expect(await (await ask(undefined, '/v1/me')).json()).toMatchObject({ id: 'local-developer' });
    expect(await (await ask(key, '/v1/me')).json()).toMatchObject({ id: 'service:shop' });
    expect(await statusFor(ask, 'unknown')).toBe(401);
  });

  test('without secrets a token is ignored', async () => {
    const { LEDGE_SECRET: _secret, LEDGE_ADMIN: _admin, ...bare } = local;
    expect(await statusFor(isolate(bare), 'unknown')).toBe(200);
  });
});

describe('AK17 a hook', () => {
  const hooked = (authenticate: Authenticate<unknown>) => {
    const worker = heldLedge(testApp, { ...faultyPlatform, authenticate });
    return async (key: string): Promise<Response> => {
      const headers = { authorization: `Bearer ${key}` };
      const request = new Request('https://shop.example/v1/me', { headers });
      return worker.fetch(request, deployed, createExecutionContext());
    };
  };

  test('alone decides: a key lets nothing in unless the hook asks for it', async () => {
    const { key } = await issued();
    expect((await hooked(() => undefined)(key)).status).toBe(401);
    expect((await hooked(() => undefined)(ADMIN_KEY)).status).toBe(401);
  });

  test('names the bearer of a key beside callers of its own', async () => {
    const { key } = await issued();
    const ask = hooked(({ headers }, _env, apiKey) =>
      headers.get('authorization') === 'Bearer own' ? { id: 'user:ann', tenant: 'main' } : apiKey(),
    );
    expect(await (await ask('own')).json()).toMatchObject({ id: 'user:ann' });
    expect(await (await ask(key)).json()).toMatchObject({ id: 'service:shop' });
    expect((await ask('unknown')).status).toBe(401);
  });
});

test('AK18 a socket that a key opened is sent nothing after an hour', async () => {
  const { key } = await issued();
  const ask = isolate();
  const { webSocket } = await ask(key, '/v1/live', { headers: { upgrade: 'websocket' } });
  const socket = webSocket ?? expect.unreachable();
  const received: unknown[] = [];
  socket.addEventListener('message', ({ data }) => received.push(data));
  const closed = new Promise<number>((settle) => {
    socket.addEventListener('close', ({ code }) => settle(code));
  });
  socket.accept();
  socket.send(JSON.stringify({ type: 'subscribe', id: 'a', query: 'products' }));
  await vi.waitUntil(() => received.length > 0);
  const before = received.length;
  faults.clockSkewMs = 3_600_001;
  socket.send(JSON.stringify({ type: 'subscribe', id: 'b', query: 'products' }));
  expect(await closed).toBe(4401);
  expect(received.length).toBe(before);
});
