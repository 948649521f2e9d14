/** Callers without a credential: what the role `public` grants, in one tenant, and nothing else. */
import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineAccess } from '../../core/access/define-access.ts';
import type { OpenApiDocument } from '../../worker/api/openapi/operation.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import {
  aggregateOf,
  deliver,
  env,
  keptMessages,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { objectCount, operations, rowsInD1 } from './support/hostile.ts';
import { deployed, posting } from './support/keyed-shop.ts';

useKeptQueue();

const claims = z.object({ customer: z.string().optional() });

const access = defineAccess(testApp, {
  claims,
  roles: {
    public: {
      rows: { products: 'all', orders: { country: 'Norway' } },
      read: { product: true },
      commands: {
        order: {
          PlaceOrder: { data: ({ channel }) => channel === 'web' },
          CancelOrder: { state: ({ status }) => status === 'shipped' },
        },
      },
    },
  },
});

const worker = heldLedge(testApp, { ...faultyPlatform, access, publicTenant: 'main' });

/** By the bindings of a deployment: no variable of local development. */
function ask(path: string, init: RequestInit = {}, bindings: object = deployed) {
  const request = new Request(`https://shop.example${path}`, init);
  return worker.fetch(request, { ...deployed, ...bindings }, createExecutionContext());
}

const lines = [{ product: 'tea', quantity: 1, unitCents: 500, discountBp: 0 }];
const order = (country: string, channel = 'web') => ({ customer: 'ann', country, lines, channel });

beforeAll(async () => {
  await send('product/tea', 'RegisterProduct', { name: 'Tea', priceCents: 500 });
  await send('order/of-norway', 'PlaceOrder', order('Norway'));
  await send('order/of-austria', 'PlaceOrder', order('Austria'));
  await deliver(keptMessages());
});

/** The rows of an answer that is given. */
async function rowsAt(path: string): Promise<Record<string, unknown>[]> {
  const response = await ask(path);
  expect(response.status).toBe(200);
  const { rows }: { rows: Record<string, unknown>[] } = await response.json();
  return rows;
}

const statusOf = async (path: string, init: RequestInit = {}, bindings: object = {}) => {
  const response = await ask(path, init, bindings);
  await response.body?.cancel();
  return response.status;
};

describe('PC4 a caller without a credential may do what the role public grants', () => {
  test('rows, in lists, by key and in named queries, as far as its rules say', async () => {
    expect(await rowsAt('/v1/queries/products')).toMatchObject([{ product: 'tea' }]);
    expect(await statusOf('/v1/queries/products/tea')).toBe(200);
    expect(await rowsAt('/v1/queries/orders')).toMatchObject([{ order: 'of-norway' }]);
    expect(await rowsAt('/v1/queries/orders-of-customer?customer=ann')).toHaveLength(1);
    expect(await statusOf('/v1/queries/orders/of-austria')).toBe(404);
  });

  test('states and streams', async () => {
    expect(await statusOf('/v1/aggregates/product/tea')).toBe(200);
    expect(await statusOf('/v1/streams/product/tea')).toBe(200);
    expect(await statusOf('/v1/streams/product')).toBe(200);
    expect(await statusOf('/v1/aggregates/product/tea', { method: 'HEAD' })).toBe(200);
  });

  test('commands, with the actor public and no events that it may not read', async () => {
    const path = '/v1/commands/order/by-public/PlaceOrder';
    const accepted = await ask(path, posting(order('Norway')));
    expect(await accepted.json()).toMatchObject({
      outcome: 'accepted',
      events: [],
      eventsOmitted: 1,
    });
    await deliver(keptMessages());
    const [event] = await rowsOf<{ metadata: string }>(
      "SELECT metadata FROM journal WHERE stream = 'order/by-public'",
    );
    const metadata: unknown = JSON.parse(event?.metadata ?? '');
    expect(metadata).toMatchObject({ actor: 'public' });
    expect(metadata).not.toHaveProperty('credential');
  });

  test('a rule that refuses answers 403 with its grant', async () => {
    const path = '/v1/commands/order/by-phone/PlaceOrder';
    const refused = await ask(path, posting(order('Norway', 'phone')));
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ needs: 'command order/PlaceOrder' });
  });

  test('also where the deployment has no secret', async () => {
    const bindings = { LEDGE_SECRET: undefined, LEDGE_ADMIN: undefined };
    expect(await statusOf('/v1/queries/products', {}, bindings)).toBe(200);
    expect(await statusOf('/v1/me', {}, bindings)).toBe(401);
  });
});

describe('PC5 everything else is 401, and wakes and writes nothing', () => {
  test('the document names the empty security of what is open', async () => {
    const published = await worker.fetch(
      new Request('http://localhost/openapi.json'),
      env,
      createExecutionContext(),
    );
    const { paths }: OpenApiDocument = await published.json();
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { security }]) =>
        JSON.stringify(security).includes('{}') ? [`${method} ${path}`] : [],
      ),
    );
    expect(described.sort()).toEqual([
      'get /v1/aggregates/product/{id}',
      'get /v1/queries/orders',
      'get /v1/queries/orders-of-customer',
      'get /v1/queries/orders/{order}',
      'get /v1/queries/products',
      'get /v1/queries/products/{product}',
      'get /v1/streams/product',
      'get /v1/streams/product/{id}',
      'post /v1/commands/order/{id}/CancelOrder',
      'post /v1/commands/order/{id}/PlaceOrder',
    ]);
  });

  const granted =
    /^GET \/v1\/(queries\/(products|orders)|(aggregates|streams)\/product)|^POST \/v1\/commands\/order\/id\/(Place|Cancel)Order/;

  test.each(
    operations().filter(
      ({ method, path }) => path !== '/health' && !granted.test(`${method} ${path}`),
    ),
  )('$method $path', async ({ method, path }) => {
    const before = [await objectCount(), await rowsInD1()];
    const init = method === 'POST' ? posting() : { method };
    const response = await ask(path, init);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ type: '/problems/unauthorized', why: 'missing' });
    expect([await objectCount(), await rowsInD1()]).toEqual(before);
  });

  test.each([
    '/v1/live',
    '/v1/live/products',
    '/v1/events',
    '/v1/commands',
    '/v1/queries/nothing',
    '/v1/queries/constructor',
    '/v1/queries/%70roducts',
    '/v1/aggregates/produkt/tea',
    '/v1/streams/ledge.key',
    '/v1/nothing',
    '//v1/queries/products',
    '/pages/board/',
  ])('%s', async (path) => {
    expect(await statusOf(path)).toBe(401);
    expect(await statusOf(path, posting())).toBe(401);
  });

  test('no command that is not granted, and none of an unknown aggregate', async () => {
    for (const path of ['product/tea/ReceiveStock', 'order/x/ConfirmOrder', 'ordre/x/PlaceOrder']) {
      expect(await statusOf(`/v1/commands/${path}`, posting())).toBe(401);
    }
  });

  test.each([
    ['a wrong key', { authorization: `Bearer ledge_${'0'.repeat(54)}` }],
    ['no scheme', { authorization: 'x' }],
    ['an empty header', { authorization: '' }],
    ['a session that was not signed here', { cookie: 'a=b; __Host-ledge=x' }],
    ['a token of Access', { 'cf-access-jwt-assertion': 'x' }],
  ])('a wrong credential does not become none: %s', async (_what, headers) => {
    expect(await statusOf('/v1/queries/products', { headers })).toBe(401);
  });

  test('a cookie of something else is no credential', async () => {
    const headers = { cookie: 'theme=dark' };
    expect(await statusOf('/v1/queries/products', { headers })).toBe(200);
  });

  test('the tenant is the one that is named', async () => {
    const other = heldLedge(testApp, { ...faultyPlatform, access, publicTenant: 'other' });
    const request = new Request('https://shop.example/v1/queries/products');
    const answer = await other.fetch(request, deployed, createExecutionContext());
    expect(await answer.json()).toMatchObject({ rows: [] });
  });
});

describe('PC6 caches may keep rows of public callers for five seconds, and nothing else', () => {
  const cacheOf = async (path: string, init: RequestInit = {}) =>
    (await ask(path, init)).headers.get('cache-control');

  test('a list and its unchanged answer, apart from requests with a credential', async () => {
    const { headers } = await ask('/v1/queries/products');
    expect(headers.get('cache-control')).toBe('public, max-age=5');
    expect(headers.get('vary')).toMatch(/authorization.*cookie.*consistent-with/);
    const known = { headers: { 'if-none-match': headers.get('etag') ?? '' } };
    expect((await ask('/v1/queries/products', known)).status).toBe(304);
    expect(await cacheOf('/v1/queries/products', known)).toBe('public, max-age=5');
  });

  test('no refusal, no missing row, no state, no command', async () => {
    for (const path of [
      '/v1/queries/customers',
      '/v1/queries/orders/of-austria',
      '/v1/queries/products?odd=1',
      '/v1/aggregates/product/tea',
    ]) {
      expect(await cacheOf(path)).toBe('private, no-cache');
    }
  });
});

describe('PC7 the role public and its tenant come together', () => {
  const without = defineAccess(testApp, { claims, roles: { clerk: { rows: 'all' } } });
  const authenticate = () => undefined;

  test.each([
    ['the role without a tenant', { access }, 'Name its tenant'],
    ['a tenant without rules', { publicTenant: 'main' }, 'needs access rules'],
    ['a tenant without the role', { access: without, publicTenant: 'main' }, 'needs access rules'],
    ['a tenant beside a hook', { access, authenticate, publicTenant: 'main' }, 'alone names'],
    ['Ledge’s own tenant', { access, publicTenant: 'ledge' }, 'no tenant of an app'],
    ['what is no tenant', { access, publicTenant: 'a/b' }, 'no tenant of an app'],
  ])('%s does not start', (_what, options, message) => {
    expect(() => heldLedge(testApp, options)).toThrow(message);
  });

  test('a hook may name a principal with the role', () => {
    expect(() => heldLedge(testApp, { access, authenticate })).not.toThrow();
  });

  test.each([
    ['journal', { journal: 'all' as const }],
    ['publications', { publications: 'all' as const }],
    ['inbound', { inbound: 'all' as const }],
    ['inspect', { inspect: ['sagas' as const] }],
    ['operate', { operate: ['sagas' as const] }],
    ['backdate', { backdate: true as const }],
  ])('the role cannot grant %s', (name, grants) => {
    expect(() => defineAccess(testApp, { claims, roles: { public: grants } })).toThrow(
      `cannot grant ${name}`,
    );
  });

  test('claims that have to be there leave no public caller', () => {
    const strict = z.object({ customer: z.string() });
    const roles = { public: { rows: 'all' as const } };
    expect(() => defineAccess(testApp, { claims: strict, roles })).toThrow('refuses {}');
  });
});

test('T8 why its tenant is closed is not for a caller without a credential to read', async () => {
  await tenantIs('ProvisionTenant', { note: '', database: 'DB', jurisdiction: null });
  await tenantIs('SuspendTenant', { mode: 'closed', reason: 'Unpaid since May.' });
  faults.clockSkewMs += 10_000;
  const response = await ask('/v1/queries/products');
  expect(response.status).toBe(401);
  expect(await response.text()).not.toContain('Unpaid');
  await tenantIs('ResumeTenant', { reason: 'Paid.' });
  faults.clockSkewMs += 10_000;
  expect(await statusOf('/v1/queries/products')).toBe(200);
});

async function tenantIs(name: string, data: object): Promise<void> {
  const command = { name, data, fingerprint: name, actor: 'test' };
  const [outcome] = await aggregateOf('ledge.tenant/main', 'ledge').execute([command]);
  expect(outcome).toMatchObject({ outcome: 'accepted' });
}
