/** Access rules through the API: what no role grants is refused, and what a rule leaves out is not there. */
import { evictDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import * as z from 'zod';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { listInput, listReading, rowReading } from '../../worker/queries/list-rows.ts';
import { queryReading } from '../../worker/queries/named-query.ts';
import type { Reading } from '../../worker/queries/reading.ts';
import { read } from '../../worker/queries/run-reading.ts';
import { orders } from '../shop/read-models.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyDatabase } from './support/faults.ts';
import { deliver, env, keptMessages, rowsOf, useKeptQueue } from './support/harness.ts';
import { objectCount, operations, rowsInD1 } from './support/hostile.ts';
import { LiveClient, liveObject } from './support/live-client.ts';
import { fetchAs, getAs, postAs } from './support/ruled-shop.ts';

useKeptQueue();

const lines = [{ product: 'tea', quantity: 1, unitCents: 500, discountBp: 0 }];
const order = (customer: string, country: string) => ({ customer, country, lines });

beforeAll(async () => {
  for (const [id, customer, country] of [
    ['anns', 'ann', 'Germany'],
    ['bobs', 'bob', 'Austria'],
    ['bobs-other', 'bob', 'Norway'],
  ] as const) {
    const placed = await postAs(
      'importer',
      `/v1/commands/order/${id}/PlaceOrder`,
      order(customer, country),
    );
    expect(placed.status).toBe(200);
  }
  const tea = { name: 'Tea', priceCents: 500 };
  await postAs('importer', '/v1/commands/product/tea/RegisterProduct', tea);
  await deliver(keptMessages());
});

const forbidden = (needs: string) => ({
  status: 403,
  body: { type: '/problems/forbidden', needs },
});

describe('AC1 without a grant', () => {
  const granted = new Set(['principal', 'public']);
  const described = operations().filter(
    ({ operation }) => !granted.has(String(operation['x-ledge-needs'])),
  );

  test.each(described)(
    '$method $path is refused, and nothing is left',
    async ({ method, path }) => {
      const before = [await objectCount(), await rowsInD1()];
      const headers = { 'content-type': 'application/json' };
      const init = method === 'POST' ? { method, headers, body: '{}' } : { method };
      const { status } = await fetchAs('boss', path, init);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect([await objectCount(), await rowsInD1()]).toEqual(before);
    },
  );

  test.each([
    ['/v1/aggregates/order/anns', 'read order'],
    ['/v1/streams/order/anns', 'read order'],
    ['/v1/streams/order', 'read order'],
    ['/v1/queries/orders', 'rows orders'],
    ['/v1/queries/orders/anns', 'rows orders'],
    ['/v1/queries/orders-of-customer?customer=ann', 'rows orders'],
    ['/v1/live/orders', 'rows orders'],
    ['/v1/live/orders/anns', 'rows orders'],
    ['/v1/events', 'journal'],
    ['/v1/sagas', 'inspect sagas'],
    ['/v1/timers/order/anns', 'inspect timers'],
    ['/v1/dead-letters', 'inspect dead-letters'],
  ])('%s needs: %s', async (path, needs) => {
    expect(await getAs('boss', path)).toMatchObject(forbidden(needs));
    expect(await getAs('wrong', path)).toMatchObject(forbidden(needs));
  });

  test.each([
    ['/v1/commands/order/new/PlaceOrder', order('ann', 'Germany'), 'command order/PlaceOrder'],
    ['/v1/simulate/order/anns', { steps: [] }, 'read order'],
    ['/v1/redrive', {}, 'operate dead-letters'],
    ['/v1/dead-letters/x/redrive', {}, 'operate dead-letters'],
    ['/v1/sagas/fulfilment/x/retry', {}, 'operate sagas'],
    ['/v1/timers/order/anns/retry', {}, 'operate timers'],
  ])('POST %s', async (path, data, needs) => {
    const before = [await objectCount(), await rowsInD1()];
    expect(await postAs('boss', path, data)).toMatchObject(forbidden(needs));
    expect([await objectCount(), await rowsInD1()]).toEqual(before);
  });

  test('inspecting does not grant operating', async () => {
    expect((await getAs('cleo', '/v1/sagas')).status).toBe(200);
    expect((await fetchAs('cleo', '/v1/sagas', { method: 'HEAD' })).status).toBe(200);
    expect(await postAs('cleo', '/v1/sagas/fulfilment/x/retry')).toMatchObject(
      forbidden('operate sagas'),
    );
    expect((await getAs('cleo', '/v1/dead-letters')).status).toBe(200);
    expect((await postAs('cleo', '/v1/redrive')).status).toBe(200);
  });

  test('a time of its own', async () => {
    const path = '/v1/commands/order/backdated/PlaceOrder';
    const at = { 'occurred-at': '2020-01-01T00:00:00Z' };
    expect(await postAs('cleo', path, order('ann', 'Germany'), at)).toMatchObject(
      forbidden('backdate'),
    );
    expect((await postAs('importer', path, order('ann', 'Germany'), at)).status).toBe(200);
  });
});

describe('AC1 a rule over the data', () => {
  test('is asked before anything is woken', async () => {
    const before = await objectCount();
    const answer = await postAs(
      'ann',
      '/v1/commands/order/forged/PlaceOrder',
      order('bob', 'Austria'),
    );
    expect(answer).toMatchObject(forbidden('command order/PlaceOrder'));
    expect(await objectCount()).toBe(before);
    const own = await postAs('ann', '/v1/commands/order/own/PlaceOrder', order('ann', 'Austria'));
    expect(own).toMatchObject({ status: 200, body: { events: [{ type: 'OrderPlaced' }] } });
  });
});

describe('AC2 a rule over the state', () => {
  const reason = { reason: 'changed my mind' };

  test('refuses in the object, before the key and the version, and stores nothing', async () => {
    const path = '/v1/commands/order/bobs/CancelOrder';
    const headers = { 'idempotency-key': 'k-1', 'if-match': '"9"' };
    expect(await postAs('ann', path, reason, headers)).toMatchObject(
      forbidden('command order/CancelOrder'),
    );
    const { body } = await getAs('importer', '/v1/aggregates/order/bobs');
    expect(body).toMatchObject({ version: 1, state: { status: 'placed' } });
    // The key is free: bob's own command is executed under it.
    const own = await postAs('bob', path, reason, { 'idempotency-key': 'k-1' });
    expect(own).toMatchObject({ status: 200, body: { version: 2 } });
    expect(own.body.replayed).toBeUndefined();
  });

  test('refuses for what is not there like for what is another’s', async () => {
    const path = '/v1/commands/order/none/CancelOrder';
    expect(await postAs('ann', path, reason)).toMatchObject(forbidden('command order/CancelOrder'));
  });

  test('decides each line of a batch on the state that the line before has left', async () => {
    const line = (id: string, command: string, data: object) => ({
      aggregate: 'order',
      id,
      command,
      data,
    });
    const answer = await fetchAs('ann', '/v1/commands', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([
        line('batched', 'CancelOrder', reason),
        line('batched', 'PlaceOrder', order('ann', 'Germany')),
        line('batched', 'CancelOrder', reason),
        line('batched', 'PlaceOrder', order('bob', 'Germany')),
        line('bobs-other', 'CancelOrder', reason),
      ]),
    });
    const outcomes = (await answer.text())
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(outcomes.map(({ status }) => status)).toEqual([403, 200, 200, 403, 403]);
  });

  test('AC21 a repeat gets the outcome that its sender has had, though the rule holds no more', async () => {
    await postAs('importer', '/v1/commands/order/packed/PlaceOrder', order('ann', 'Germany'));
    const key = { 'idempotency-key': 'packing' };
    const confirm = (token: string) =>
      postAs(token, '/v1/commands/order/packed/ConfirmOrder', {}, key);
    expect(await confirm('pia')).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await confirm('pia')).toMatchObject({
      status: 200,
      body: { version: 2, events: [], eventsOmitted: 1, replayed: true },
    });
    const refused = forbidden('command order/ConfirmOrder');
    expect(await confirm('paul')).toMatchObject(refused);
    expect(
      await postAs('pia', '/v1/commands/order/packed/ConfirmOrder', {}, { 'idempotency-key': 'x' }),
    ).toMatchObject(refused);
  });

  test('AC5 that throws refuses, and the log has the fault without its text', async () => {
    faults.log.length = 0;
    const answer = await postAs('broken', '/v1/commands/order/anns/CancelOrder', reason);
    expect(answer).toMatchObject(forbidden('command order/CancelOrder'));
    expect(faults.log).toContainEqual(expect.objectContaining({ operation: 'access-rule' }));
    expect(JSON.stringify(answer.body)).not.toContain('secret-data');
    // It had mutated the state before.
    const { body } = await getAs('importer', '/v1/aggregates/order/anns');
    expect(body).toMatchObject({ state: { status: 'placed' } });
  });
});

describe('AC7 an outcome shows what its caller may read', () => {
  test('its events are left out, also those of a repeat', async () => {
    const path = '/v1/commands/order/sent/PlaceOrder';
    const send = () =>
      postAs('sender', path, order('ann', 'Germany'), { 'idempotency-key': 'once' });
    expect(await send()).toMatchObject({ status: 200, body: { events: [], eventsOmitted: 1 } });
    expect(await send()).toMatchObject({
      status: 200,
      body: { events: [], eventsOmitted: 1, replayed: true },
    });
  });

  test('another’s key is judged by the repeating caller', async () => {
    const path = '/v1/commands/order/repeated/PlaceOrder';
    const key = { 'idempotency-key': 'anns-key' };
    expect((await postAs('ann', path, order('ann', 'Germany'), key)).status).toBe(200);
    expect(await postAs('bob', path, order('ann', 'Germany'), key)).toMatchObject(
      forbidden('command order/PlaceOrder'),
    );
  });
});

describe('AC7 a state and its past', () => {
  const paths = (id: string) => [
    `/v1/aggregates/order/${id}`,
    `/v1/aggregates/order/${id}?version=1`,
    `/v1/streams/order/${id}`,
  ];

  test.each(paths('anns'))('%s is answered to its owner', async (path) => {
    expect((await getAs('ann', path)).status).toBe(200);
  });

  test.each(paths('anns'))('%s is answered to others like what is not there', async (path) => {
    const hidden = await getAs('bob', path);
    const missing = await getAs('bob', path.replace('anns', 'nope'));
    expect(hidden.status).toBe(404);
    expect(missing.status).toBe(404);
    expect(JSON.stringify(hidden.body)).toBe(
      JSON.stringify(missing.body).replaceAll('nope', 'anns'),
    );
  });

  test('what if', async () => {
    const steps = [{ command: 'CancelOrder', data: { reason: 'x' } }];
    expect((await postAs('ann', '/v1/simulate/order/anns', { steps })).status).toBe(200);
    expect((await postAs('bob', '/v1/simulate/order/anns', { steps })).status).toBe(404);
  });

  test('the list of streams needs the whole aggregate', async () => {
    expect(await getAs('ann', '/v1/streams/order')).toMatchObject(forbidden('read order'));
    expect((await getAs('cleo', '/v1/streams/order')).status).toBe(200);
  });
});

describe('AC3 rows', () => {
  const ids = ({ body }: { body: Record<string, unknown> }) =>
    (body.rows as { order: string }[]).map((row) => row.order);

  test.each([
    ['/v1/queries/orders?sort=order', ['anns']],
    ['/v1/queries/orders?customer=bob', []],
    ['/v1/queries/orders?customer.in=ann,bob', ['anns']],
    ['/v1/queries/orders-of-customer?customer=bob', []],
    ['/v1/queries/orders-of-customer?customer=ann', ['anns']],
  ])('%s: ann sees %j', async (path, expected) => {
    await deliver(keptMessages());
    const found = ids(await getAs('ann', path)).filter((id) => id !== 'own' && id !== 'batched');
    expect(found.filter((id) => !['backdated', 'sent', 'repeated'].includes(id))).toEqual(expected);
  });

  test('a count counts what is seen', async () => {
    const { body } = await getAs('bob', '/v1/queries/orders?count=true');
    expect(body.count).toBe(2);
    expect(ids({ body }).sort()).toEqual(['bobs', 'bobs-other']);
  });

  test('a row by its key is there for its owner alone', async () => {
    expect((await getAs('ann', '/v1/queries/orders/anns')).status).toBe(200);
    const hidden = await getAs('bob', '/v1/queries/orders/anns');
    const missing = await getAs('bob', '/v1/queries/orders/nope');
    expect([hidden.status, missing.status]).toEqual([404, 404]);
    expect(hidden.body).toEqual(
      JSON.parse(JSON.stringify(missing.body).replaceAll('nope', 'anns')),
    );
  });

  test('a claim that the column cannot hold equals no row', async () => {
    expect(await getAs('half', '/v1/queries/orders?count=true')).toMatchObject({
      body: { rows: [], count: 0 },
    });
  });

  test('a clerk sees the rows of its countries', async () => {
    const found = ids(await getAs('cleo', '/v1/queries/orders?sort=order'));
    expect(found).toContain('bobs');
    expect(found).not.toContain('anns');
  });

  test('roles that restrict different columns see no row', async () => {
    expect(await getAs('both', '/v1/queries/orders')).toMatchObject(forbidden('rows orders'));
    expect((await getAs('both', '/v1/queries/products')).status).toBe(200);
  });

  test('a cursor of one caller is none of another', async () => {
    const { body } = await getAs('bob', '/v1/queries/orders?sort=order&limit=1');
    const next = `/v1/queries/orders?sort=order&limit=1&cursor=${String(body.cursor)}`;
    expect(ids(await getAs('bob', next))).toEqual(['bobs-other']);
    expect(await getAs('ann', next)).toMatchObject({ status: 400 });
  });
});

describe('AC10 the journal', () => {
  test('shows the aggregates that are granted', async () => {
    const { body } = await getAs('cleo', '/v1/events?limit=1000');
    const streams = (body.events as { stream: string }[]).map(({ stream }) => stream.split('/')[0]);
    expect(new Set(streams)).toEqual(new Set(['order']));
  });

  test.each([
    ['/v1/events?aggregate=product', 'journal product'],
    ['/v1/events?aggregate=order,product', 'journal product'],
    ['/v1/events?stream=product/tea', 'journal product'],
  ])('%s is refused', async (path, needs) => {
    expect(await getAs('cleo', path)).toMatchObject(forbidden(needs));
  });

  test('of a stream that is granted', async () => {
    expect((await getAs('cleo', '/v1/events?stream=order/anns')).status).toBe(200);
    expect((await getAs('importer', '/v1/events?aggregate=product')).status).toBe(200);
  });
});

describe('AC3 live queries', () => {
  const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 10_000, interval: 10 });

  async function follow(token: string, query = 'orders'): Promise<LiveClient> {
    const { webSocket } = await fetchAs(token, '/v1/live', { headers: { upgrade: 'websocket' } });
    const client = new LiveClient(webSocket ?? expect.unreachable(), () => undefined);
    onTestFinished(() => client.close());
    client.subscribe('a', query, query === 'orders' ? {} : { input: { customer: 'bob' } });
    await until(() => client.frames.length > 0);
    return client;
  }

  async function place(id: string, customer: string, country: string): Promise<void> {
    const path = `/v1/commands/order/${id}/PlaceOrder`;
    expect((await postAs('importer', path, order(customer, country))).status).toBe(200);
    await deliver(keptMessages());
  }

  test('hold the rows of their caller, before and after a change and a hibernation', async () => {
    const [ann, bob, cleo] = [await follow('ann'), await follow('bob'), await follow('cleo')];
    expect(ann.keys('a')).not.toContain('bobs');
    await place('live-bob', 'bob', 'Austria');
    await until(() => bob.keys('a').includes('live-bob') && cleo.keys('a').includes('live-bob'));
    await evictDurableObject(liveObject('main'), { webSockets: 'hibernate' });
    await place('live-ann', 'ann', 'Germany');
    await until(() => ann.keys('a').includes('live-ann'));
    expect(ann.keys('a').filter((key) => key.includes('bob'))).toEqual([]);
    expect(bob.keys('a').filter((key) => key.includes('ann'))).toEqual([]);
    expect(cleo.keys('a')).not.toContain('live-ann');
    expect(JSON.stringify(ann.frames)).not.toContain('bob');
  });

  test('B21 a row followed by its key appears and goes as its own changes bring it into the rule and out', async () => {
    const { webSocket } = await fetchAs('cleo', '/v1/live', { headers: { upgrade: 'websocket' } });
    const cleo = new LiveClient(webSocket ?? expect.unreachable(), () => undefined);
    onTestFinished(() => cleo.close());
    cleo.subscribe('a', 'orders', { key: ['ruled'] });
    await until(() => cleo.frames.length > 0);
    await place('ruled', 'bob', 'Austria');
    await until(() => cleo.keys('a').includes('ruled'));
    await rowsOf("UPDATE orders_v1 SET country = 'Nowhere' WHERE \"order\" = 'ruled'");
    const confirmed = await postAs('importer', '/v1/commands/order/ruled/ConfirmOrder', {});
    expect(confirmed.status).toBe(200);
    await deliver(keptMessages());
    await until(() => cleo.keys('a').length === 0);
  });

  test('a named query over rows of another is empty', async () => {
    const ann = await follow('ann', 'orders-of-customer');
    expect(ann.rows('a')).toEqual([]);
    const bob = await follow('bob', 'orders-of-customer');
    expect(bob.rows('a').length).toBeGreaterThan(1);
  });

  test('a query without a grant is refused', async () => {
    const { frames } = await follow('boss');
    expect(frames).toMatchObject([{ type: 'error', problem: { needs: 'rows orders' } }]);
  });

  test('an event stream holds the same rows', async () => {
    const response = await fetchAs('ann', '/v1/live/orders');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('snapshot')) text += (await reader?.read())?.value;
    await reader?.cancel();
    expect(text).toContain('anns');
    expect(text).not.toContain('bob');
  });
});

test('the bindings of these tests let local development in, which the rules do not concern', () => {
  expect(env.LEDGE_LOCAL_DEVELOPMENT).toBe('true');
});

describe('AC4 a rule over rows bounds what its queries read', () => {
  const FOREIGN = 2_000;
  const OWN = 20;

  beforeAll(async () => {
    await env.DB.prepare(
      `INSERT INTO orders_v1 (tenant, "order", customer, country, status, line_count, gross_cents, net_cents, placed_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${FOREIGN + OWN})
       SELECT 'many', printf('o-%05d', i), iif(i % ${(FOREIGN + OWN) / OWN} = 0, 'ann', 'bob'), 'Germany', 'placed', 1, i, i,
         '2026-01-01T00:00:00.000Z' FROM n`,
    ).run();
  });

  const model = orders.tables[0];
  const ann = { tenant: 'many', rows: { orders: { customer: ['ann'] } } };
  const all = { tenant: 'many', rows: 'all' } as const;
  const list = (input: object) => listInput(model).parse(input);
  const careless = orders
    .query('every-order', z.unknown(), (db, { orders }) =>
      db.select().from(orders).orderBy(orders.order).limit(100),
    )
    .queries.at(-1);
  if (!careless) throw new Error('The query is defined above.');

  async function rowsRead(reading: Reading<unknown> | Failure): Promise<number> {
    if ('outcome' in reading) expect.unreachable();
    faults.rowsRead = 0;
    await read(faultyDatabase(env.DB), 'first-primary', reading);
    return faults.rowsRead;
  }

  test.each([
    ['a page by key', listReading(ann, model, list({}))],
    ['a page sorted by another column', listReading(ann, model, list({ sort: 'netCents' }))],
    ['a filter over another column', listReading(ann, model, list({ 'status.in': 'placed' }))],
    ['a filter over rows of others', listReading(ann, model, list({ customer: 'bob' }))],
    ['a count', listReading(ann, model, list({ count: 'true', limit: '1' }))],
    ['a named query without a limit of its own', queryReading(ann, careless, undefined)],
  ])('%s', async (_name, reading) => {
    expect(await rowsRead(reading)).toBeLessThanOrEqual(4 * OWN + 10);
  });

  test('a row by its key, own or foreign', async () => {
    for (const order of ['o-00101', 'o-00102']) {
      expect(await rowsRead(rowReading(ann, model, { order }))).toBeLessThanOrEqual(3);
    }
  });

  test('a list of all rows that compares an indexed column reads the rows of that value', async () => {
    const reading = listReading(all, model, list({ customer: 'ann' }));
    expect(await rowsRead(reading)).toBeLessThanOrEqual(4 * OWN + 10);
  });

  test('also after each rebuild', async () => {
    const shop = deployment(testApp);
    for (const suffix of ['_rebuilt', '', '_rebuilt']) {
      expect((await shop.post('/v1/projections/orders/rebuild')).status).toBe(200);
      while ((await shop.build('orders')) === 'more');
      const found = await rowsOf<{ name: string }>(
        `SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'orders_v1' AND sql IS NOT NULL`,
      );
      expect(found.map(({ name }) => name).sort()).toEqual([
        `orders_v1_by_country${suffix}`,
        `orders_v1_by_customer${suffix}`,
      ]);
    }
    expect(await rowsRead(listReading(ann, model, list({})))).toBeLessThanOrEqual(10);
  });
});
