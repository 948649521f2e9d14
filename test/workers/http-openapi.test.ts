/** The document and the server say the same: every route is described, every answer is as it is described. */
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { defineAggregate } from '../../core/aggregate/aggregate.ts';
import { reject } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import { defineApp } from '../../core/app.ts';
import { catalogOf } from '../../core/catalog/catalog.ts';
import { openapiDocument } from '../../worker/api/openapi/document.ts';
import { createApi } from '../../worker/api/router.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { answerOf, asZod } from './support/described.ts';
import { testApp } from './support/entry.ts';
import { createTables, fetchWorker, get, request, resetFaults, send } from './support/harness.ts';
import { held, takeUnannounced } from './support/held-to-document.ts';
import { document, operations } from './support/hostile.ts';

beforeAll(async () => {
  await createTables();
  await send('order/o-1', 'PlaceOrder', ORDER, { 'idempotency-key': 'k-1' });
  await get('/v1/queries/orders', { 'consistent-with': 'order/o-1@1' });
});
beforeEach(resetFaults);

const LINE = { product: 'chai', quantity: 2, unitCents: 1800, discountBp: 0 };
const ORDER = { customer: 'ALFKI', country: 'DE', lines: [LINE] };
const PAGES = [
  ...['GET /', 'GET /reference', 'GET /openapi-explorer.min.js', 'GET /pages/*', 'GET /console/*'],
  ...['GET /login', 'GET /login/style.css', 'POST /login'],
];

test('H14 every route is described, and nothing else is', () => {
  const api = createApi(machineryFor(testApp));
  const routes = api.routes.filter(({ method }) => method !== 'ALL').map(nameOf);
  const described = operations().map(({ method, path }) => {
    const [handlers] = api.router.match(method, path);
    const [route] = handlers.map(([[, found]]) => found).filter((found) => found.method === method);
    expect(route, `${method} ${path}`).toBeDefined();
    return route ? nameOf(route) : '';
  });
  expect(new Set(routes)).toEqual(new Set([...described, ...PAGES]));
});

function nameOf({ method, path }: { readonly method: string; readonly path: string }): string {
  return `${method} ${path}`;
}

test('H14 the document that is served is the one that is described here', async () => {
  expect((await get('/openapi.json')).body).toEqual(JSON.parse(JSON.stringify(document)));
});

test('CT9 the catalog that is served is the one of the app', async () => {
  expect((await get('/catalog.json')).body).toEqual(JSON.parse(JSON.stringify(catalogOf(testApp))));
});

test('H14 no two operations have the same id, no two tags the same name', () => {
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const tags = document.tags.map(({ name }) => name);
  expect(new Set(tags).size).toBe(tags.length);
});

test.each([
  ['/v1/aggregates/order/{id}', '/v1/aggregates/order/o-1'],
  ['/v1/streams/order/{id}', '/v1/streams/order/o-1'],
  ['/v1/streams/order', '/v1/streams/order?limit=1'],
  ['/v1/queries/orders', '/v1/queries/orders?limit=1&count=true'],
  ['/v1/queries/orders/{order}', '/v1/queries/orders/o-1'],
  ['/v1/queries/customers', '/v1/queries/customers'],
  ['/v1/queries/sales-by-day', '/v1/queries/sales-by-day'],
  ['/v1/queries/orders-of-customer', '/v1/queries/orders-of-customer?customer=ALFKI'],
  ['/v1/timers/{aggregate}/{id}', '/v1/timers/order/o-1?limit=1'],
  ['/v1/sagas', '/v1/sagas?count=true'],
  ['/v1/events', '/v1/events?limit=1'],
  ['/health', '/health'],
  ['/catalog.json', '/catalog.json'],
])('H15 the answer of GET %s is as it is described', async (template, path) => {
  const { status, body } = await get(path);
  expect(status).toBe(200);
  answerOf(document, document.paths[template]?.get).parse(body);
  expect(Object.keys(body)).not.toEqual([]);
});

test('H15 the answer to a command is as it is described, and so are its headers', async () => {
  const operation = document.paths['/v1/commands/order/{id}/PlaceOrder']?.post;
  const repeated = await send('order/o-1', 'PlaceOrder', ORDER, { 'idempotency-key': 'k-1' });
  answerOf(document, operation).parse(repeated.body);
  const ok = operation?.responses[200];
  const headers = ok && 'headers' in ok ? Object.keys(ok.headers ?? {}) : [];
  expect(headers.map((name) => [name, repeated.headers.has(name)])).toEqual([
    ['ETag', true],
    ['Consistency-Token', true],
    ['Idempotency-Replayed', true],
  ]);
});

test('H15 the answer to a simulation is as it is described', async () => {
  const steps = [
    { command: 'PlaceOrder', data: ORDER },
    { event: { type: 'OrderConfirmed', data: {} } },
    { command: 'ConfirmOrder', data: {} },
  ];
  const { body } = await request('/v1/simulate/order/o-1', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ steps }),
  });
  const operation = document.paths['/v1/simulate/order/{id}']?.post;
  answerOf(document, operation).parse(body);
  const outcomes = ['rejected', 'assumed', 'accepted'];
  expect(body).toMatchObject({ steps: outcomes.map((outcome) => ({ outcome })) });
  const input = asZod(document, operation?.requestBody?.content['application/json']?.schema);
  expect(input.safeParse({ steps }).success).toBe(true);
});

test('H15 an answer that is not as it is described is noticed', () => {
  const answer = answerOf(document, document.paths['/v1/streams/order/{id}']?.get);
  expect(answer.safeParse({ stream: 'order/o-1', events: [{ type: 'OrderPlaced' }] }).success).toBe(
    false,
  );
});

test('H15 every line of a batch is answered as it is described', async () => {
  const lines = [
    { aggregate: 'order', id: 'o-2', command: 'PlaceOrder', data: ORDER },
    { aggregate: 'order', id: 'o-2', command: 'PlaceOrder', data: ORDER },
    { aggregate: 'order', id: 'o-2', command: 'Nothing', data: {} },
  ];
  const response = await fetchWorker('/v1/commands', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(lines),
  });
  const answers = (await response.text())
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(answers).toMatchObject([{ status: 200 }, { status: 409 }, { status: 404 }]);
  const described = asZod(document, document.components.schemas.BatchAnswer);
  for (const answer of answers) described.parse(answer);
  const line = asZod(document, document.components.schemas.BatchLine);
  expect(lines.map((sent) => line.safeParse(sent).success)).toEqual([true, true, false]);
});

test('H15 rows hold the columns that are described, no more', async () => {
  const { body } = await get('/v1/queries/orders/o-1');
  const { properties = {} } = document.components.schemas['orders.Row'] ?? {};
  expect(Object.keys(body)).toEqual(Object.keys(properties));
  expect(properties.status).toEqual({
    type: 'string',
    enum: ['placed', 'confirmed', 'shipped', 'cancelled'],
  });
  expect(properties.lineCount).toEqual({ type: 'integer' });
  expect(properties.shippedAt).toEqual({ anyOf: [{ type: 'string' }, { type: 'null' }] });
});

test('H15 the parameters of a list are its filters, sorts, limit and cursor', () => {
  const parameters = document.paths['/v1/queries/sales-by-day']?.get?.parameters ?? [];
  const named = parameters.flatMap((parameter) => ('name' in parameter ? [parameter] : []));
  const ofText = (name: string) =>
    ['', '.in', '.gt', '.gte', '.lt', '.lte', '.prefix'].map((operator) => `${name}${operator}`);
  const paging = ['sort', 'limit', 'cursor', 'count'];
  expect(named.map(({ name }) => name)).toEqual([
    ...ofText('day'),
    ...ofText('country'),
    ...paging,
  ]);
  const list = named.find(({ name }) => name === 'country.in');
  expect(list).toMatchObject({
    explode: false,
    schema: { type: 'array', items: { type: 'string' } },
  });
  expect(named.find(({ name }) => name === 'sort')?.schema).toMatchObject({
    enum: ['day', '-day', 'country', '-country', 'netCents', '-netCents'],
  });
  expect(named.find(({ name }) => name === 'limit')?.schema).toMatchObject({
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 100,
  });
});

test('H16 shared and recursive schemas are components, and every reference leads to one', () => {
  const address = z.strictObject({ street: z.string() }).meta({ id: 'Address/v1' });
  const folder = z.strictObject({
    name: z.string(),
    get folders() {
      return z.array(folder);
    },
  });
  const archive = defineAggregate({
    name: 'archive~1',
    events: { Filed: event(z.strictObject({ folder, when: z.iso.datetime() })) },
    commands: { File: z.strictObject({ folder, from: address, to: address }), Shred: address },
    initialState: () => ({}),
    evolve: { Filed: (state) => state },
    decide: { File: () => reject('closed'), Shred: () => reject('closed') },
  });
  const { components, paths } = openapiDocument(
    defineApp({ aggregates: [archive], projections: [] }),
  );
  const names = Object.keys(components.schemas);
  expect(names).toContain('archive_1.commands.shared.Address_v1');
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9._-]+$/);
  const text = JSON.stringify({ paths, schemas: components.schemas });
  expect(text).not.toMatch(/\$defs|\$schema|\$id/);
  const references = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name]) => name,
  );
  expect(references).toContain('archive_1.commands.shared.Address_v1');
  expect(names).toEqual(expect.arrayContaining(references));
});

describe('H34 an answer that the document does not announce is noticed', () => {
  const problem = { type: '/problems/unknown', title: 'Not found', status: 404, detail: 'No.' };
  const json = (body: unknown, init: ResponseInit = {}) => Response.json(body, init);
  const as = (type: string, body: string, status = 200) =>
    new Response(body, { status, headers: { 'content-type': type } });
  const LISTED = '/v1/queries/orders';
  const FOLLOWED = '/v1/live/orders';

  test.each<[string, string, Response, string]>([
    ['a status', LISTED, json({ rows: [] }, { status: 201 }), 'orders.list 201: the status'],
    ['a header', LISTED, json({ rows: [] }, { headers: { server: 'x' } }), 'the header server'],
    ['a type', LISTED, as('text/html', '{"rows":[]}'), 'the type text/html'],
    ['a body', LISTED, json({ rows: [{}] }), 'at rows[0].order'],
    ['a text that is no JSON', LISTED, as('application/json', '{'), 'received undefined'],
    ['a problem as JSON', LISTED, json(problem, { status: 400 }), 'the type application/json'],
    ['a problem that is none', '/nothing', as('application/problem+json', '{}', 404), 'at type'],
    ['an address', '/v1/nothing', json({}), 'GET /v1/nothing 200: the status'],
    ['a line', '/v1/commands', as('application/x-ndjson', '{"status":1}\n'), 'batch 200: ✖'],
    ['a frame', FOLLOWED, as('text/event-stream', 'data: {"type":"row"}\n'), 'live.query 200:'],
  ])('%s', async (_what, path, answer, noticed) => {
    const method = path === '/v1/commands' ? 'POST' : 'GET';
    const asked = new Request(`http://ledge.test${path}`, { method });
    const response = await held(document, () => answer)(asked);
    await response.text();
    expect(takeUnannounced().join()).toContain(noticed);
  });

  test('what is announced goes through as it was', async () => {
    const asked = new Request(`http://ledge.test${FOLLOWED}`);
    const text = 'retry: 1\n\nevent: current\ndata: {"type":"current","id":"s","seq":"a.1"}\n\n';
    const response = await held(document, () => as('text/event-stream', text))(asked);
    expect(await response.text()).toBe(text);
    expect(takeUnannounced()).toEqual([]);
  });
});

test.each(['/openapi.json', '/asyncapi.json', '/catalog.json'])(
  'H45 %s is made once, and not sent again to a caller that has it',
  async (path) => {
    const first = await fetchWorker(path);
    const text = await first.text();
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^".{22}"$/);
    const again = await fetchWorker(path, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(again.body).toBeNull();
    const stringify = vi.spyOn(JSON, 'stringify');
    expect(await (await fetchWorker(path)).text()).toBe(text);
    const made = stringify.mock.results.filter(({ value }) => value === text);
    stringify.mockRestore();
    expect(made).toEqual([]);
  },
);
