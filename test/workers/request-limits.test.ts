/** Rate limits, counted by the bindings of real workerd: requests by principal, refused credentials by address. */
import { createExecutionContext } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createClient } from '../../client/index.ts';
import { defineAccess } from '../../core/access/define-access.ts';
import { rateBindings, rateLimits } from '../../core/protocol/rate-limits.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { env, request, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { objectCount, rowsInD1 } from './support/hostile.ts';
import { askedObjects, deployed, isolate, issued, posting, revoked } from './support/keyed-shop.ts';
import { recordingRate, roomInWindow, statusesOf } from './support/rate-windows.ts';

useKeptQueue();

const access = defineAccess(testApp, {
  claims: z.object({}),
  roles: { customer: { commands: 'all', rows: 'all' }, clerk: { commands: 'all', rows: 'all' } },
  limits: { customer: { class: 'low' } },
});

const { quota: LOW, windowSeconds } = rateLimits.RATE_LOW;
const { quota: DENIED, windowSeconds: deniedSeconds } = rateLimits.RATE_DENIED;

/** Bindings by which callers are limited; real ones where nothing else is given. */
type Rates = Partial<Pick<typeof env, (typeof rateBindings)[number]>>;

/** A Worker whose `authenticate` names a principal as the request says. */
function ruled(rates: Rates = {}) {
  const worker = heldLedge(testApp, {
    ...faultyPlatform,
    access,
    authenticate: ({ headers }) => {
      const [tenant = '', id = '', role = ''] = (headers.get('authorization') ?? '').split(' ');
      return role === '' ? undefined : { tenant, id, roles: [role] };
    },
  });
  return (caller: string, path = '/v1/me', init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', caller);
    const asked = new Request(`https://shop.example${path}`, { ...init, headers });
    return Promise.resolve(worker.fetch(asked, { ...env, ...rates }, createExecutionContext()));
  };
}

const left = async () => [await objectCount(), await rowsInD1()];

describe('QU1 a principal over the rate of its class is answered 429', () => {
  test('after 60 requests in 10 seconds; another one, and one of its name elsewhere, go on', async () => {
    const ask = ruled();
    await roomInWindow(windowSeconds);
    const statuses = await statusesOf(LOW + 2, () => ask('main user:ann customer'));
    expect(statuses).toEqual([...Array.from({ length: LOW }, () => 200), 429, 429]);
    expect((await ask('main user:bob customer')).status).toBe(200);
    expect((await ask('other user:ann customer')).status).toBe(200);
    expect((await ask('main user:ann customer', '/health')).status).toBe(200);
  });

  test('and of another class after more', async () => {
    const ask = ruled();
    await roomInWindow(windowSeconds);
    const statuses = await statusesOf(LOW + 2, () => ask('main user:cleo clerk'));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test('by tenant and principal, whatever key it comes with', async () => {
    const high = recordingRate(env.RATE_HIGH ?? never);
    const ask = isolate({ ...deployed, RATE_HIGH: high });
    for (const { key } of [await issued(), await issued({ principal: 'service:shop' })]) {
      expect((await ask(key, '/v1/me')).status).toBe(200);
    }
    expect(high.keys).toEqual(['main/service:shop', 'main/service:shop']);
  });

  test('with the problem and the headers of a limit', async () => {
    const ask = ruled({ RATE_LOW: never });
    const response = await ask('main user:ann customer');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '10',
      'ratelimit-policy': '"requests";q=60;w=10',
      ratelimit: '"requests";r=0;t=10',
    });
    expect(await response.json()).toMatchObject({
      ...{ type: '/problems/too-many-requests', status: 429, limit: 'requests' },
      ...{ scope: 'principal', quota: 60, windowSeconds: 10, retryAfterSeconds: 10 },
    });
  });
});

/** A limit that is reached. */
const never = { limit: () => Promise.resolve({ success: false }) };

test('QU2 what is refused leaves nothing: no object, no row', async () => {
  const ask = ruled({ RATE_LOW: never });
  const before = await left();
  const sending = posting({ name: 'Tea', priceCents: 1 });
  for (const [path, init] of [
    ['/v1/commands/product/limited/RegisterProduct', sending],
    ['/v1/aggregates/product/limited', {}],
    ['/v1/queries/products', {}],
    ['/v1/live/tickets', posting()],
  ] as const) {
    expect((await ask('main user:ann customer', path, init)).status).toBe(429);
  }
  expect(await left()).toEqual(before);
});

describe('QU4 refused credentials are counted by the address that they come from', () => {
  const from = (address: string) => ({ headers: { 'cf-connecting-ip': address } });
  const forged = () => `ledge_${crypto.randomUUID().replaceAll('-', '').padEnd(54, 'A')}`;

  test('429 after 20 in a minute, which wakes nothing, and another address gets 401', async () => {
    const ask = isolate();
    const { key } = await issued();
    await roomInWindow(deniedSeconds);
    askedObjects.length = 0;
    const before = await left();
    const statuses = await statusesOf(DENIED + 2, () => ask(forged(), '/v1/me', from('192.0.2.1')));
    expect(statuses).toEqual([...Array.from({ length: DENIED }, () => 401), 429, 429]);
    expect([await left(), askedObjects]).toEqual([before, []]);
    expect((await ask(forged(), '/v1/me', from('192.0.2.2'))).status).toBe(401);
    // A caller behind the same address, with a valid key.
    expect((await ask(key, '/v1/me', from('192.0.2.1'))).status).toBe(200);
  });

  test('with the scope of an address', async () => {
    const ask = isolate({ ...deployed, RATE_DENIED: never });
    const response = await ask(forged(), '/v1/me', from('192.0.2.3'));
    expect(response.headers.get('ratelimit-policy')).toBe('"refused-credentials";q=20;w=60');
    expect(await response.json()).toMatchObject({
      ...{ status: 429, limit: 'refused-credentials', scope: 'address' },
    });
  });

  test('a revoked key is one of them', async () => {
    const { key, id } = await issued();
    await revoked(id);
    const ask = isolate({ ...deployed, RATE_DENIED: never });
    expect((await ask(key, '/v1/me', from('192.0.2.4'))).status).toBe(429);
  });

  test('the form of the login page counts too', async () => {
    const ask = isolate({ ...deployed, RATE_DENIED: never });
    const response = await ask(undefined, '/login', {
      method: 'POST',
      headers: {
        ...from('192.0.2.5').headers,
        origin: 'https://shop.example',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ key: forged() }).toString(),
    });
    expect(response.status).toBe(429);
  });

  test('not a request without a credential, nor one of another Worker without an address', async () => {
    const ask = isolate({ ...deployed, RATE_DENIED: never });
    expect((await ask(undefined, '/v1/me', from('192.0.2.6'))).status).toBe(401);
    expect((await ask(forged(), '/v1/me')).status).toBe(401);
  });

  test('an IPv6 address by its network of 64 bits', async () => {
    const denied = recordingRate(env.RATE_DENIED ?? never);
    const ask = isolate({ ...deployed, RATE_DENIED: denied });
    for (const address of [
      '2001:db8::1',
      '2001:DB8:0:0:ffff::2',
      '2001:db8:0:1::1',
      '::ffff:192.0.2.7',
    ]) {
      await ask(forged(), '/v1/me', from(address));
    }
    expect(denied.keys).toEqual([
      '2001:db8:0:0',
      '2001:db8:0:0',
      '2001:db8:0:1',
      '::ffff:192.0.2.7',
    ]);
  });
});

test('QU15 callers without a credential are counted by their address, and their streams too', async () => {
  const [low, streams] = [recordingRate(env.RATE_LOW ?? never), recordingRate(never)];
  const rules = { public: { rows: { products: 'all' }, commands: { product: 'all' } } } as const;
  const anyone = heldLedge(testApp, {
    ...faultyPlatform,
    access: defineAccess(testApp, { claims: z.object({}), roles: rules }),
    publicTenant: 'main',
  });
  const ask = (address: string, path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('cf-connecting-ip', address);
    const asked = new Request(`https://shop.example${path}`, { ...init, headers });
    const bindings = { ...deployed, RATE_LOW: low, RATE_STREAMS: streams };
    return Promise.resolve(anyone.fetch(asked, bindings, createExecutionContext()));
  };
  const register = (address: string, id: string) =>
    ask(
      address,
      `/v1/commands/product/${id}/RegisterProduct`,
      posting({ name: 'Tea', priceCents: 1 }),
    );
  expect((await register('192.0.2.1', 'anyones')).status).toBe(200);
  const refused = await register('192.0.2.1', 'anyones-2');
  expect(await refused.json()).toMatchObject({ status: 429, limit: 'streams', scope: 'address' });
  expect((await register('192.0.2.2', 'anyones-3')).status).toBe(200);
  expect(low.keys).toEqual(['1', '1', '2'].map((last) => `main/public/192.0.2.${last}`));
  expect(streams.keys).toEqual(['main/public/192.0.2.1', 'main/public/192.0.2.2']);
});

describe('QU5 what cannot be counted is not limited', () => {
  const throwing = { limit: () => Promise.reject(new Error('the counter is away, and secret')) };
  const all = (rate: RateLimit | undefined) =>
    Object.fromEntries(rateBindings.map((name) => [name, rate]));

  beforeEach(() => {
    faults.log.length = 0;
  });

  test('a binding that throws lets callers through, is logged, and lets in none that is refused', async () => {
    const ask = isolate({ ...deployed, ...all(throwing) });
    const { key } = await issued();
    expect((await ask(key, '/v1/me')).status).toBe(200);
    const refused = await ask('no-key', '/v1/me', { headers: { 'cf-connecting-ip': '192.0.2.8' } });
    expect(refused.status).toBe(401);
    const lines = faults.log.filter(({ operation }) => operation === 'rate-limit');
    expect(lines).toMatchObject([
      { level: 'error', members: ['RATE_HIGH'] },
      { level: 'error', members: ['RATE_DENIED'] },
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  test('a missing binding is logged once, and /ready names it and is ready', async () => {
    const ask = isolate({ ...deployed, ...all(undefined) });
    const { key } = await issued({ tenant: 'ledge', roles: ['operator'] });
    await statusesOf(3, () => ask(key, '/v1/me'));
    const ready = await ask(key, '/ready');
    const { checks }: { checks: object[] } = await ready.json();
    expect(checks).toContainEqual({
      ...{ name: 'rate-limits', ok: true },
      cause:
        'Nothing is limited by RATE_DENIED, RATE_LOW, RATE_HIGH, RATE_STREAMS: the bindings are missing.',
      remedy: expect.stringContaining('ratelimits'),
    });
    expect(faults.log.filter(({ operation }) => operation === 'rate-limit')).toMatchObject([
      { level: 'warn', members: ['RATE_HIGH'] },
    ]);
  });

  test('and with all of them /ready names none', async () => {
    const { key } = await issued({ tenant: 'ledge', roles: ['operator'] });
    const ready = await isolate()(key, '/ready');
    const { checks }: { checks: object[] } = await ready.json();
    expect(checks).toContainEqual({ name: 'rate-limits', ok: true });
  });
});

test('QU6 local development is not limited', async () => {
  const worker = heldLedge(testApp, faultyPlatform);
  const bindings = { ...env, RATE_HIGH: never, RATE_LOW: never };
  const asked = new Request('http://ledge.test/v1/me');
  expect((await worker.fetch(asked, bindings, createExecutionContext())).status).toBe(200);
  expect((await request('/v1/me')).status).toBe(200);
});

test('QU7 the client waits as long as Retry-After says, and its command is accepted', async () => {
  const pauses: number[] = [];
  let refusals = 1;
  const limit = () => Promise.resolve({ success: refusals-- <= 0 });
  const ask = ruled({ RATE_LOW: { limit } });
  const client = createClient<typeof testApp>({
    url: 'https://shop.example',
    token: 'unused',
    fetch: async (url, init) => {
      const began = Date.now();
      if (pauses.length > 0) pauses.push(began - (pauses[0] ?? 0));
      else pauses.push(began);
      return ask('main user:ann customer', url.slice('https://shop.example'.length), init);
    },
  });
  const sent = await client.aggregate('product', 'waited').send('RegisterProduct', {
    name: 'Tea',
    priceCents: 1,
  });
  expect(sent).toMatchObject({ outcome: 'accepted' });
  expect(pauses).toHaveLength(2);
  expect(pauses[1]).toBeGreaterThanOrEqual(9_900);
  client.close();
});
