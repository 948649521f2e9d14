/** The addresses of the API, their methods, and the pages for people. */
import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { problemKinds } from '../../core/protocol/problem.ts';
import { worker } from './support/entry.ts';
import { createTables, env, fetchWorker, get, request, resetFaults } from './support/harness.ts';
import { expectProblem, operations } from './support/hostile.ts';

beforeAll(createTables);
beforeEach(resetFaults);

/** An address of a query as well, for GET: an app may have one that is called `tickets`. */
const SHARED = '/v1/live/tickets';

const described = Map.groupBy(
  operations().filter(({ path }) => path !== SHARED),
  ({ path }) => path,
);

const addresses = [
  ...Array.from(described, ([path, ones]) => ({ path, methods: ones.map(({ method }) => method) })),
  { path: '/reference', methods: ['GET'] },
  { path: '/openapi-explorer.min.js', methods: ['GET'] },
];

describe.each(addresses)('$path', ({ path, methods }) => {
  const allow = methods.map((method) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ');

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((other) => !methods.includes(other)))(
    'H11 answers %s with 405 and the allowed methods',
    async (other) => {
      const { headers } = await expectProblem('method-not-allowed', path, { method: other });
      expect(headers.get('allow')).toBe(allow);
    },
  );

  test('H11 answers OPTIONS with the allowed methods', async () => {
    const response = await fetchWorker(path, { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe(allow);
  });

  test('H11 is another address with a slash at its end', async () => {
    for (const method of methods) await expectProblem('unknown', `${path}/`, { method });
  });
});

test('H11 the address of tickets is one of a query too', async () => {
  const { headers } = await expectProblem('method-not-allowed', SHARED, { method: 'PUT' });
  expect(headers.get('allow')).toBe('GET, HEAD, POST');
  await expectProblem('unknown', SHARED);
});

test.each(['/health', '/openapi.json', '/v1/queries/orders', '/v1/queries/nothing', '/nothing'])(
  'H11 HEAD %s is GET without a body',
  async (path) => {
    const head = await fetchWorker(path, { method: 'HEAD' });
    const full = await fetchWorker(path);
    expect(head.status).toBe(full.status);
    expect(head.headers.get('content-type')).toBe(full.headers.get('content-type'));
    expect(await head.text()).toBe('');
  },
);

test.each(['/v1', '/v1/', '/V1/queries/orders', '/v1//queries/orders', '/v1/queries', '/.env'])(
  'H11 %s is no address',
  async (path) => {
    await expectProblem('unknown', path);
    await expectProblem('unknown', path, { method: 'POST' });
    await expectProblem('unknown', path, { method: 'OPTIONS' });
  },
);

test.each(problemKinds())(
  'H12 the type of the problem $kind leads to a page',
  async ({ kind, status, title }) => {
    const response = await fetchWorker(`/problems/${kind}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toMatch("default-src 'none'");
    const text = await response.text();
    expect(text).toMatch(`<h1>${title}</h1>`);
    expect(text).toMatch(String(status));
    expect(text).not.toMatch('undefined');
  },
);

test('H13 the reference page loads its own script and the document, nothing else', async () => {
  const page = await fetchWorker('/reference');
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const policy = page.headers.get('content-security-policy');
  expect(policy).toMatch(/default-src 'none'.*script-src 'self'; connect-src 'self'/);
  const text = await page.text();
  const addresses = [...text.matchAll(/(?:src|href|spec-url)="([^"]+)"/g)].map(
    ([, found]) => found,
  );
  expect(addresses).toEqual([
    '/openapi.json',
    '/asyncapi.json',
    '/catalog.json',
    '/openapi-explorer.min.js',
  ]);
  const script = await fetchWorker('/openapi-explorer.min.js');
  expect(script.headers.get('content-type')).toMatch('javascript');
  expect(await script.text()).toMatch('openapi-explorer');
  expect((await get('/openapi.json')).body).toMatchObject({ openapi: '3.1.1' });
});

test('H51 / leads to the console, or to the reference page where there is none', async () => {
  const answer = await fetchWorker('/', { redirect: 'manual' });
  expect(answer.status).toBe(302);
  expect(answer.headers.get('location')).toBe('/console/');
  const { ASSETS: _assets, ...bare } = env;
  const start = new Request('http://ledge.test/');
  const without = await worker.fetch(start, bare, createExecutionContext());
  expect(without.headers.get('location')).toBe('/reference');
});

test.each(['/console', '/console/', '/console/streams/order/o-1', '/console/a.js'])(
  'CO1 %s answers the page of the console, which loads its files by their whole address',
  async (path) => {
    const page = await fetchWorker(path);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    const [, script = ''] = (await page.text()).match(/src="([^"]+)"/) ?? [];
    expect(script).toBe('/console/assets/console.js');
    const loaded = await fetchWorker(script);
    expect(loaded.headers.get('content-type')).toMatch('javascript');
    expect(await loaded.text()).toMatch('Console of the shop');
  },
);

test('CO1 a file that the console does not have is not there, nor is the console without assets', async () => {
  await expectProblem('unknown', '/console/assets/nothing.js');
  const { ASSETS: _assets, ...bare } = env;
  const request = new Request('http://ledge.test/console/');
  expect((await worker.fetch(request, bare, createExecutionContext())).status).toBe(404);
});

test('H49 a name that the app does not define is answered with what may have been meant', async () => {
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  const asked: readonly [string, RequestInit, string][] = [
    ['/v1/commands/product/p-1/RegisterProdct', json, 'Did you mean RegisterProduct?'],
    ['/v1/commands/produkt/p-1/RegisterProduct', json, 'Did you mean product?'],
    ['/v1/aggregates/ordr/o-1', {}, 'Did you mean order?'],
    ['/v1/streams/ordr', {}, 'Did you mean order?'],
    ['/v1/queries/prodcts', {}, 'Did you mean products?'],
    ['/v1/queries/prodcts/p-1', {}, 'Did you mean products?'],
    ['/v1/queries/orders-of-custmer', {}, 'Did you mean orders-of-customer?'],
    ['/v1/live/prodcts', {}, 'Did you mean products?'],
    ['/v1/projections/prodcts', {}, 'Did you mean products?'],
    ['/problems/unknwn', {}, 'Did you mean unknown?'],
    ['/v1/queries/x', {}, 'There is: '],
    ['/v1/queries', {}, '/v1/queries/products, '],
    ['/v1/queries/', {}, '/v1/queries/orders-of-customer'],
    ['/v1/aggregates', {}, '/v1/aggregates/product/{id}'],
    ['/v1/streams', {}, '/v1/streams/product/{id}'],
  ];
  for (const [path, init, hint] of asked) {
    const { body } = await request(path, init);
    expect(body).toMatchObject({ status: 404, detail: expect.stringContaining(hint) });
  }
});

test('H13 a page is served with its resources, and loads none from other origins', async () => {
  const page = await fetchWorker('/pages/board/');
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
  const [script = ''] = (await page.text()).match(/\/pages\/board\/assets\/[^"]+\.js/) ?? [];
  const loaded = await fetchWorker(script);
  expect(loaded.headers.get('content-type')).toMatch('javascript');
  await loaded.text();
});

test('H13 no other asset is served', async () => {
  for (const path of [
    '/index.html',
    '/openapi-explorer.min.js.map',
    '/package.json',
    '/%6fpenapi',
    '/board/',
    '/pages/openapi-explorer.min.js',
    '/pages/../openapi-explorer.min.js.map',
    '/pages/nothing/',
  ]) {
    await expectProblem('unknown', path);
  }
});

test('H13 a server without assets has no script to give', async () => {
  const { ASSETS: _assets, ...bare } = env;
  const request = new Request('http://ledge.test/openapi-explorer.min.js');
  const response = await worker.fetch(request, bare, createExecutionContext());
  expect(response.status).toBe(404);
});
