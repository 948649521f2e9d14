/** The callers that an `authenticate` admits, and their tenant and actor. */
import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import { needOf } from '../../worker/http/need.ts';
import type { Authenticate, Principal } from '../../worker/runtime/principal.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { ask, askAs, principals, sendAs } from './support/guarded-shop.ts';
import { deliver, env, keptMessages, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { expectDescribed, objectCount, operations, rowsInD1 } from './support/hostile.ts';

useKeptQueue();

const PAGES = [
  '/',
  '/reference',
  '/openapi-explorer.min.js',
  '/pages/board/',
  '/console/',
  '/nothing/here',
];

const all = [
  ...operations(),
  ...PAGES.map((path) => ({ method: 'GET', path, operation: undefined })),
];

const guarded = all.filter(({ path }) => path !== '/health');

async function expectProblem(
  answer: Response | Promise<Response>,
  status: number,
  kind: 'unauthorized' | 'forbidden' | 'failed',
): Promise<Response> {
  const response = await answer;
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status });
  expectDescribed(JSON.parse(text), kind);
  return response;
}

describe('PR1 without a valid credential', () => {
  test.each(guarded)('$method $path answers 401 and reaches nothing', async ({ method, path }) => {
    const before = [await objectCount(), await rowsInD1()];
    for (const headers of [{}, { authorization: 'Bearer unknown' }, { cookie: 'session=no' }]) {
      const origin = { origin: 'https://shop.example' };
      const answer = ask(path, { method, headers: { ...headers, ...origin } });
      const response = await expectProblem(answer, 401, 'unauthorized');
      expect(response.headers.get('www-authenticate')).toContain('Bearer realm="ledge"');
    }
    expect([await objectCount(), await rowsInD1()]).toEqual(before);
  });

  test('/health alone answers', async () => {
    expect(await (await ask('/health')).json()).toEqual({ status: 'ok' });
  });
});

describe('PR2 what a principal causes is its own', () => {
  beforeAll(async () => {
    for (const [token, priceCents] of [
      ['ann-token', 1],
      ['bob-token', 2],
    ] as const) {
      const data = { name: token, priceCents };
      const sent = await sendAs(token, '/v1/commands/product/tea/RegisterProduct', data);
      expect(sent.status).toBe(200);
    }
    await deliver(keptMessages());
  });

  test.each([
    ['ann-token', 'user:ann', 'acme'],
    ['bob-token', 'user:bob', 'globex'],
  ])('%s: the actor and the tenant of its events', async (token, actor, tenant) => {
    const answer = await askAs(token, '/v1/streams/product/tea');
    const { events }: { events: unknown[] } = await answer.json();
    expect(events).toMatchObject([{ tenant, metadata: { actor }, data: { name: token } }]);
  });

  test.each([
    '/v1/streams/product/tea',
    '/v1/streams/product',
    '/v1/aggregates/product/tea',
    '/v1/queries/products',
    '/v1/queries/products/tea',
    '/v1/events',
  ])('PR3 %s shows nothing of another tenant', async (path) => {
    const [anns, bobs] = await Promise.all(
      ['ann-token', 'bob-token'].map(async (token) => (await askAs(token, path)).text()),
    );
    if (path !== '/v1/streams/product')
      expect([anns, bobs].join()).toMatch(/ann-token.*bob-token/s);
    expect(anns).not.toMatch(/bob|globex/);
    expect(bobs).not.toMatch(/ann|acme/);
  });
});

describe('PR4 an authenticate that is wrong lets nothing in', () => {
  const worker = (authenticate: Authenticate<unknown>) =>
    heldLedge(testApp, { ...faultyPlatform, authenticate });
  const path = '/v1/queries/products';

  async function answerOf(authenticate: Authenticate<unknown>): Promise<Response> {
    const headers = { authorization: 'Bearer secret-token', cookie: 'session=secret-cookie' };
    const request = new Request(`https://shop.example${path}`, { headers });
    faults.log.length = 0;
    return worker(authenticate).fetch(request, env, createExecutionContext());
  }

  /** As an app in JavaScript may return it. */
  const returning =
    (value: unknown): Authenticate<unknown> =>
    () =>
      value as Principal;

  test.each<[string, Authenticate<unknown>]>([
    [
      'throws',
      () => {
        throw new Error('no such token:\n    at secret-token');
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('secret-token'))],
    ['throws text', () => Promise.reject('secret-token')],
    ['returns text', returning('secret-token')],
    ['returns true', returning(true)],
    ['returns an empty object', returning({})],
    ['names no tenant', returning({ id: 'secret-token' })],
    ['names no id', returning({ tenant: 'main' })],
    ['names an empty id', returning({ id: '', tenant: 'main' })],
    ['names an id with a line break', returning({ id: 'a\nsecret-token', tenant: 'main' })],
    ['names an id that is too long', returning({ id: 'a'.repeat(257), tenant: 'main' })],
    ['names an id of the machinery', returning({ id: 'ledge:saga/x', tenant: 'main' })],
    ['names a tenant with a slash', returning({ id: 'a', tenant: 'main/secret-token' })],
    ['names a tenant that is dots', returning({ id: 'a', tenant: '..' })],
    ['names an empty tenant', returning({ id: 'a', tenant: '' })],
    ['claims what JSON cannot hold', returning({ id: 'a', tenant: 'main', claims: { n: 1n } })],
    ['claims a text', returning({ id: 'a', tenant: 'main', claims: 'secret-token' })],
    ['names roles as text', returning({ id: 'a', tenant: 'main', roles: 'operator' })],
    ['names an expiry as text', returning({ id: 'a', tenant: 'main', expiresAt: 'secret-token' })],
    ['names no valid expiry', returning({ id: 'a', tenant: 'main', expiresAt: new Date('no') })],
  ])('%s: 500, and the log has no credential', async (_what, authenticate) => {
    const response = await answerOf(authenticate);
    const text = await response.clone().text();
    await expectProblem(response, 500, 'failed');
    expect(faults.log).toMatchObject([{ level: 'error', operation: 'authenticate' }]);
    expect(JSON.stringify([faults.log, text])).not.toContain('secret');
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a principal that has expired', { id: 'a', tenant: 'main', expiresAt: new Date(1) }],
  ])('%s is no credential: 401', async (_what, value) => {
    await expectProblem(answerOf(returning(value)), 401, 'unauthorized');
    expect(faults.log).toEqual([]);
  });

  test('it gets the request without its body, which is left for the route', async () => {
    const seen: string[] = [];
    const reading = worker(async (request) => {
      seen.push(request.method, await request.text());
      return { id: 'user:ann', tenant: 'reading' };
    });
    const request = new Request('https://shop.example/v1/commands/product/t/RegisterProduct', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'tea', priceCents: 1 }),
    });
    const response = await reading.fetch(request, env, createExecutionContext());
    expect(response.status).toBe(200);
    expect(seen).toEqual(['POST', '']);
  });
});

/** The role that an operation needs, as the document says it; a page is for every caller. */
function roleOf({ operation }: (typeof all)[number]): 'operator' | 'admin' | undefined {
  const security = JSON.stringify(operation?.security ?? []);
  return (['operator', 'admin'] as const).find((role) => security.includes(role));
}

/** What an operator or an administrator of a tenant does not reach. */
function isOfDeployment(path: string): boolean {
  return needOf(path)?.startsWith('platform') === true || path.startsWith('/v1/tenants');
}

describe('PR5 a caller without a role', () => {
  const forRoles = operations().flatMap((one) => {
    const role = roleOf(one);
    return role ? [{ ...one, role }] : [];
  });

  test.each(forRoles)(
    'gets 403 from $method $path, and one with the role $role does not',
    async ({ method, path, role }) => {
      const response = await expectProblem(askAs('ann-token', path, { method }), 403, 'forbidden');
      expect(response.headers.get('www-authenticate')).toBeNull();
      const place = isOfDeployment(path) ? 'platform-' : '';
      const answer = await askAs(`${place}${role}-token`, path, { method });
      expect([401, 403]).not.toContain(answer.status);
      if (needOf(path) === 'auditor') return;
      const other = role === 'admin' ? 'operator' : 'admin';
      await expectProblem(askAs(`${place}${other}-token`, path, { method }), 403, 'forbidden');
    },
  );

  test.each(forRoles.filter(({ path }) => needOf(path) === 'platform'))(
    'T15 nor does an operator of a tenant get anything else from $method $path',
    async ({ method, path }) => {
      await expectProblem(askAs('operator-token', path, { method }), 403, 'forbidden');
    },
  );

  test.each(all.filter((one) => !roleOf(one)))(
    'is not refused by $method $path',
    async ({ method, path }) => {
      const response = await askAs('ann-token', path, { method });
      expect([401, 403]).not.toContain(response.status);
      await response.body?.cancel();
    },
  );

  test('there are operations of each kind, and one that is public', () => {
    const kinds = Object.groupBy(operations(), (one) =>
      one.operation.security?.length === 0 ? 'public' : (roleOf(one) ?? 'caller'),
    );
    expect(kinds.public?.map(({ path }) => path)).toEqual(['/health']);
    expect(kinds.operator?.length).toBeGreaterThan(20);
    expect(kinds.admin?.length).toBe(18);
    expect(kinds.caller?.length).toBeGreaterThan(20);
  });
});

test('PR6 /v1/me answers which principal the credential belongs to', async () => {
  const expiresAt = new Date(Date.now() + 60_000);
  const claims = { customer: 'cat', regions: ['de', 'at'] };
  const cat = { id: 'user:cat', tenant: 'acme', roles: ['operator', 'clerk'], claims };
  principals.set('cat-token', { ...cat, expiresAt });
  expect(await (await askAs('cat-token', '/v1/me')).json()).toMatchObject({
    ...cat,
    expiresAt: expiresAt.toISOString(),
  });
  const response = await askAs('ann-token', '/v1/me');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({
    ...{ id: 'user:ann', tenant: 'acme', roles: [], claims: {} },
    expiresAt: null,
  });
});

describe('PR7 a page of another origin', () => {
  const foreign = { origin: 'https://stranger.example' };
  const cookie = { cookie: 'session=ann-token' };

  test.each([
    ['with a cookie that the browser added', { ...foreign, ...cookie }],
    ['with a cookie and no origin', cookie],
    [
      'opening a socket with a token',
      { ...foreign, authorization: 'Bearer ann-token', upgrade: 'websocket' },
    ],
  ])('%s is refused', async (_what, headers) => {
    await expectProblem(ask('/v1/queries/products', { headers }), 403, 'forbidden');
  });

  test.each([
    ['a cookie of its own page', { ...cookie, origin: 'https://shop.example' }],
    ['a cookie that the browser says is its own', { ...cookie, 'sec-fetch-site': 'same-origin' }],
    [
      'a token, which no page of another origin can send unasked',
      { ...foreign, authorization: 'Bearer ann-token' },
    ],
  ])('is distinguished from %s', async (_what, headers) => {
    expect((await ask('/v1/queries/products', { headers })).status).toBe(200);
  });
});
