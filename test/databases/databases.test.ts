/** Tenants in two databases: nothing of one is in the other's, and a database that is down is nothing to the other. */
import { createScheduledController } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { operationsStatus } from '../../core/operator-shapes/operations-status.ts';
import { projectionList } from '../../core/operator-shapes/projection-status.ts';
import { command } from '../../core/process/reactor.ts';
import { defineSchedule } from '../../core/schedule/define-schedule.ts';
import type { ScheduleTick } from '../../core/schedule/schedule.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import { app } from '../shop/app.ts';
import { product } from '../shop/product.ts';
import { faults } from '../workers/support/faults.ts';
import { type Isolate, isolate, resetUse, world } from './entry.ts';
import {
  ADMIN,
  type Answered,
  accepted,
  countingDirectory,
  deliver,
  dumped,
  env,
  get,
  inJurisdictions,
  messagesOf,
  OPERATOR,
  openShop,
  post,
  provision,
  register,
  resetWorld,
  ring,
  rowsOf,
  settle,
  tick,
  withOneDatabase,
} from './group.ts';

const provisioned = (tenant: string, by: Isolate) => get(ADMIN, `/v1/tenants/${tenant}`, { by });

beforeAll(openShop);
beforeEach(resetWorld);

const reason = 'The contract has ended.';

describe('DB2 the database of a tenant', () => {
  test('is recorded when it is provisioned, and shown', async () => {
    expect(await get(ADMIN, '/v1/tenants/acme')).toMatchObject({ body: { database: 'DB' } });
    expect(await get(ADMIN, '/v1/tenants/globex')).toMatchObject({ body: { database: 'DB_2' } });
    expect((await provision('globex', 'DB_2')).body).toMatchObject({ database: 'DB_2' });
  });

  test('is never another one', async () => {
    await register('acme.ann', 'stays');
    expect(await deliver(await messagesOf('acme', 'product/stays'))).toBe(0);
    for (const [tenant, asked, database] of [
      ['globex', 'DB', 'DB_2'],
      ['acme', 'DB_2', 'DB'],
    ]) {
      expect(await post(ADMIN, '/v1/tenants', { tenant, database: asked })).toMatchObject({
        status: 409,
        body: { reason: 'tenant-in-other-database', details: { database } },
      });
      expect(await get(ADMIN, `/v1/tenants/${tenant}`)).toMatchObject({ body: { database } });
    }
  });

  test('is the first one of a tenant that has data there, provisioned or not', async () => {
    const by = isolate('open');
    expect(await provisioned('unlisted', by)).toMatchObject({ status: 404 });
    const data = { name: 'Tea', priceCents: 1 };
    await post('unlisted.ann', '/v1/commands/product/tea/RegisterProduct', data, { by });
    expect(await deliver(await messagesOf('unlisted', 'product/tea'), { by })).toBe(0);
    const refused = { tenant: 'unlisted', database: 'DB_2' };
    expect(await post(ADMIN, '/v1/tenants', refused, { by })).toMatchObject({ status: 409 });
    expect(await provisioned('unlisted', by)).toMatchObject({ status: 404 });
    expect(await post(ADMIN, '/v1/tenants', { tenant: 'unlisted' }, { by })).toMatchObject({
      status: 201,
      body: { database: 'DB' },
    });
  });

  test.each(['DB_3', 'DB_17', 'DB_1', 'OTHER'])(
    'is none that is not bound: %s',
    async (database) => {
      const refused = await post(ADMIN, '/v1/tenants', { tenant: 'initech', database });
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ at: '/database' }] } });
      expect(await get(ADMIN, '/v1/tenants/initech')).toMatchObject({ status: 404 });
      const { body } = await get(ADMIN, '/v1/tenants');
      expect(JSON.stringify(body)).not.toContain('initech');
    },
  );
});

/** A web order whose payment never comes: the saga gives up, and compensates. */
async function order(token: string, id: string): Promise<void> {
  const [tenant = ''] = token.split('.');
  await register(token, `tea-${id}`);
  await accepted(token, `product/tea-${id}/ReceiveStock`, { quantity: 5 });
  const line = { product: `tea-${id}`, quantity: 2, unitCents: 500, discountBp: 0 };
  const placed = { customer: token, country: 'Austria', channel: 'web', lines: [line] };
  await accepted(token, `order/${id}/PlaceOrder`, placed);
  await settle();
  faults.clockSkewMs += 16 * 60_000;
  await ring(tenant, `fulfilment/${id}`);
  await settle();
}

async function followed(token: string, query: string) {
  const headers = { upgrade: 'websocket', authorization: token };
  const request = new Request('https://shop.example/v1/live', { headers });
  const { webSocket } = await isolate().fetch(request, env);
  if (!webSocket) throw new Error('The socket is not open.');
  const frames: string[] = [];
  webSocket.addEventListener('message', ({ data }) => frames.push(String(data)));
  webSocket.accept();
  webSocket.send(JSON.stringify({ type: 'subscribe', id: 'a', query }));
  await vi.waitUntil(() => frames.some((frame) => frame.includes('"snapshot"')), 20_000);
  return { frames, close: () => webSocket.close() };
}

describe('DB3 two tenants in two databases', { timeout: 120_000 }, () => {
  test('have commands, queries, sagas, timers and live queries, and nothing in the other one’s tables', async () => {
    const [ofAcme, ofGlobex] = [
      await followed('acme.ann', 'orders'),
      await followed('globex.bob', 'orders'),
    ];
    await order('acme.ann', 'o-1');
    await order('globex.bob', 'o-1');
    for (const [token, live] of [
      ['acme.ann', ofAcme],
      ['globex.bob', ofGlobex],
    ] as const) {
      const { body } = await get(token, '/v1/queries/orders');
      expect(body).toMatchObject({ rows: [{ order: 'o-1', customer: token }] });
      await vi.waitUntil(() => live.frames.at(-1)?.includes(token), 20_000);
      expect((await get(token, '/v1/aggregates/product/tea-o-1')).body).toMatchObject({
        state: { onHand: 5, reserved: 0, settled: { entries: [['o-1', 'released']] } },
      });
      live.close();
    }
    const [first, second] = [await dumped(env.DB), await dumped(env.DB_2)];
    expect(first).toContain('"tenant":"acme"');
    expect(second).toContain('"tenant":"globex"');
    expect(second).not.toContain('acme');
    // The directory is in the first database, and names the other tenant.
    for (const own of ['"tenant":"globex"', 'globex.bob']) expect(first).not.toContain(own);
  });

  test('get the same answers and the same rows', async () => {
    await provision('alike-1');
    await provision('alike-2', 'DB_2');
    const answers: string[] = [];
    for (const tenant of ['alike-1', 'alike-2']) {
      const token = `${tenant}.ann`;
      await order(token, 'o-1');
      const paths = ['orders', 'products', 'customers', 'sales-by-day'].map(
        (one) => `/v1/queries/${one}`,
      );
      const all = [...paths, '/v1/events', '/v1/streams/order', '/v1/sagas/fulfilment'];
      const bodies: Answered[] = [];
      for (const path of all) bodies.push(await get(token, path));
      const text = JSON.stringify(bodies.map(({ status, body }) => ({ status, body })));
      answers.push(comparable(text.replaceAll(tenant, 'alike')));
    }
    expect(answers[0]?.length).toBeGreaterThan(1_000);
    expect(answers[1]).toBe(answers[0]);
  });

  test('take queues of their own database', async () => {
    const queuesOf = async (tenant: string) => {
      const ids = Array.from({ length: 8 }, (_, index) => `queued-${index}`);
      const isOf = ({ body }: { readonly body: string }) =>
        ids.some((id) => body.includes(`"tenant":"${tenant}","stream":"product/${id}"`));
      for (const id of ids) await register(`${tenant}.ann`, id);
      await vi.waitUntil(() => world.sent.filter(isOf).length === 8, 10_000);
      return world.sent.filter(isOf).map(({ queue }) => queue);
    };
    expect(new Set(await queuesOf('acme'))).toEqual(new Set([0]));
    expect(new Set(await queuesOf('globex'))).toEqual(new Set([1]));
  });

  test('arrive by the real queues', async () => {
    world.isQueued = true;
    await register('acme.ann', 'real');
    await register('globex.bob', 'real');
    for (const token of ['acme.ann', 'globex.bob']) {
      await vi.waitUntil(async () => {
        const { status } = await get(token, '/v1/queries/products/real');
        return status === 200;
      }, 20_000);
    }
  });
});

/** Without ids, times and positions, which differ from run to run. */
function comparable(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/a\d+-\d+-[0-9a-f]{8}/g, 'POSITION');
}

describe('DB4 where a tenant lives', () => {
  test('is asked for once in an isolate: by a request never, by a consumer at its first message', async () => {
    const door = countingDirectory();
    const by = isolate();
    for (let time = 0; time < 3; time++) {
      await get('globex.bob', '/v1/queries/products', { by, in: door.env });
    }
    expect(door.asked).toEqual(['globex']);
    await register('globex.bob', 'asked-1');
    await register('globex.bob', 'asked-2');
    const [one = ''] = await messagesOf('globex', 'product/asked-1');
    const [two = ''] = await messagesOf('globex', 'product/asked-2');
    const consumer = countingDirectory();
    const other = isolate();
    expect(await deliver([one], { by: other, in: consumer.env })).toBe(0);
    faults.clockSkewMs += 3_600_000;
    expect(await deliver([two], { by: other, in: consumer.env })).toBe(0);
    expect(consumer.asked).toEqual(['globex']);
    // What the door has learned is enough.
    expect(await deliver([one], { by, in: door.env })).toBe(0);
    expect(door.asked).toEqual(['globex']);
  });

  test('is never asked for where there is one database', async () => {
    await register('acme.ann', 'one-database');
    const counting = countingDirectory(withOneDatabase);
    const messages = await messagesOf('acme', 'product/one-database');
    expect(await deliver(messages, { by: isolate(), in: counting.env })).toBe(0);
    expect(counting.asked).toEqual([]);
  });

  test('is not remembered of a tenant that is not there yet', async () => {
    const by = isolate();
    await register('acme.ann', 'early');
    const messages = await messagesOf('acme', 'product/early');
    const foreign = messages.map((body) => body.replaceAll('"acme"', '"early"'));
    expect(await deliver(foreign, { by })).toBe(1);
    await provision('early', 'DB_2');
    await register('early.ann', 'tea');
    expect(await deliver(await messagesOf('early', 'product/tea'), { by })).toBe(0);
    expect(
      await rowsOf(env.DB_2, "SELECT product FROM products_v1 WHERE tenant = 'early'"),
    ).toEqual([{ product: 'tea' }]);
  });
});

describe('DB5 a message for the wrong database', () => {
  test('changes nothing there, is retried, and is an incident that says where the tenant lives', async () => {
    await provision('lost', 'DB_2');
    await register('lost.ann', 'tea');
    const messages = await messagesOf('lost', 'product/tea');
    const before = await dumped(env.DB);
    expect(await deliver(messages, { by: isolate(), in: withOneDatabase })).toBe(messages.length);
    expect(await dumped(env.DB)).toBe(before);
    const { body } = await get(OPERATOR, '/v1/incidents', { headers: { 'Ledge-Tenant': 'lost' } });
    expect(body).toMatchObject({
      incidents: [
        {
          stream: 'product/tea',
          cause: expect.stringContaining('Tenant lost lives in DB_2'),
          remedy: expect.stringContaining('Bind each database under the name'),
        },
      ],
    });
    expect(await deliver(messages)).toBe(0);
    await tick();
    const later = await get(OPERATOR, '/v1/incidents', { headers: { 'Ledge-Tenant': 'lost' } });
    expect(later.body).toMatchObject({ incidents: [] });
  });

  test('callers of the tenant get 503, and no rows of another database', async () => {
    const refused = await get('globex.bob', '/v1/queries/products', {
      by: isolate(),
      in: withOneDatabase,
    });
    expect(refused).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } });
    expect(refused.body.detail).toContain('not bound');
  });
});

describe('DB6 a database that is down', { timeout: 120_000 }, () => {
  test('holds up nothing of another one, and its streams are incidents and recover by themselves', async () => {
    world.down.add(1);
    await register('acme.ann', 'beside');
    await register('globex.bob', 'waiting');
    const messages = [
      ...(await messagesOf('acme', 'product/beside')),
      ...(await messagesOf('globex', 'product/waiting')),
    ];
    expect(messages).toHaveLength(2);
    expect(await deliver(messages)).toBe(1);
    expect((await get('acme.ann', '/v1/queries/products/beside')).status).toBe(200);
    expect((await get('globex.bob', '/v1/queries/products/waiting')).status).toBe(503);
    const visiting = { headers: { 'Ledge-Tenant': 'globex' } };
    const { body } = await get(OPERATOR, '/v1/incidents', visiting);
    expect(body).toMatchObject({ incidents: [{ stream: 'product/waiting' }] });
    const status = operationsStatus.parse((await get(OPERATOR, '/v1/status')).body);
    expect(status.unread).toMatchObject([{ part: 'database', name: 'DB_2' }]);
    expect(status.databases.map(({ name }) => name)).toEqual(['DB']);
    expect(status.alerts).toContainEqual(
      expect.objectContaining({ alert: 'database-unreachable', subject: 'DB_2' }),
    );
    const ready = await get(OPERATOR, '/ready');
    expect(ready).toMatchObject({ status: 503 });
    expect(ready.body.detail).toContain('database of DB_2: ');
    expect(ready.body.detail).not.toContain('database of DB: ');
    // The cron does for DB what it does each minute.
    const failed = String(await tick().catch(String))
      .replace(/.*failed: |\.$/g, '')
      .split(', ');
    expect(failed).toContain('DB_2/sweep');
    expect(failed.filter((step) => !step.startsWith('DB_2/'))).toEqual([]);

    world.down.clear();
    await tick();
    expect((await get('globex.bob', '/v1/queries/products/waiting')).status).toBe(200);
    expect((await get(OPERATOR, '/v1/incidents', visiting)).body).toMatchObject({ incidents: [] });
  });
});

const PRODUCTS_OF_STAYS = "SELECT * FROM products_v1 WHERE tenant = 'stays'";

test('DB6 of a batch in several runs, those for another database are still made', async () => {
  world.down.add(1);
  await register('globex.bob', 'run-1');
  await register('acme.ann', 'run-2');
  const messages = [
    ...(await messagesOf('globex', 'product/run-1')),
    ...(await messagesOf('acme', 'product/run-2')),
  ];
  // As large as a run may be, so that each is one of its own.
  const padded = messages.map((body) => body.padEnd(PAGE_BYTES_MAX));
  expect(await deliver(padded)).toBe(1);
  expect((await get('acme.ann', '/v1/queries/products/run-2')).status).toBe(200);
});

describe('DB7 what is done for a whole database', { timeout: 120_000 }, () => {
  test('is done for each, or for the one that is named', async () => {
    await register('acme.ann', 'whole');
    await register('globex.bob', 'whole');
    await settle();
    const list = async (query = '') => {
      const { body } = await get(OPERATOR, `/v1/projections${query}`);
      const { projections, databases } = projectionList.parse(body);
      const products = projections.find(({ name }) => name === 'products');
      return { databases: databases.map(({ name }) => name), products };
    };
    const all = await list();
    expect(all.databases).toEqual(['DB', 'DB_2']);
    expect(all.products).toMatchObject({ state: 'live', serving: 1 });
    expect(all.products?.generations.map(({ database }) => database)).toEqual(['DB', 'DB_2']);

    const pausing = await post(OPERATOR, '/v1/projections/products/pause?database=DB_2');
    expect(pausing).toMatchObject({ status: 200, body: { state: 'paused' } });
    expect((await list()).products).toMatchObject({ state: 'paused' });
    expect((await list('?database=DB')).products).toMatchObject({ state: 'live' });
    const status = operationsStatus.parse((await get(OPERATOR, '/v1/status')).body);
    expect(status.alerts).toContainEqual(
      expect.objectContaining({ alert: 'projection-stopped', subject: 'DB_2/products' }),
    );
    await register('acme.ann', 'after');
    await register('globex.bob', 'after');
    await settle();
    expect((await get('acme.ann', '/v1/queries/products/after')).status).toBe(200);
    expect((await get('globex.bob', '/v1/queries/products/after')).status).toBe(404);

    const resumed = await post(OPERATOR, '/v1/projections/products/resume');
    expect(resumed).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('In DB: ') },
    });
    expect(resumed.body.detail).toContain('It was done in 1 of 2 databases.');
    await vi.waitUntil(async () => {
      const { status: found } = await get('globex.bob', '/v1/queries/products/after');
      return found === 200;
    }, 30_000);
    expect(await get(OPERATOR, '/v1/projections?database=DB_3')).toMatchObject({ status: 404 });
    expect(await get(OPERATOR, '/v1/projections?database=other')).toMatchObject({ status: 400 });
  });

  test('a rebuild is that of one database, by an object of its own', async () => {
    const rebuilt = await post(OPERATOR, '/v1/projections/products/rebuild?database=DB_2');
    expect(rebuilt).toMatchObject({ status: 200 });
    const building = await rowsOf(env.DB, "SELECT 1 FROM generation WHERE purpose = 'rebuild'");
    expect(building).toEqual([]);
    await vi.waitUntil(async () => {
      const left = await rowsOf(env.DB_2, "SELECT 1 FROM generation WHERE purpose = 'rebuild'");
      return left.length === 0;
    }, 60_000);
    expect((await get('globex.bob', '/v1/queries/products/whole')).status).toBe(200);
  });

  test('the sweep, and the steps of a restore', async () => {
    expect(await post(OPERATOR, '/v1/sweep', { streams: 10 })).toMatchObject({ status: 200 });
    const heads = await Promise.all(
      ['', '?database=DB', '?database=DB_2'].map(async (query) => {
        const { body } = await post(OPERATOR, `/v1/restore/state${query}`);
        return body.head;
      }),
    );
    const [first] = await rowsOf<{ head: number }>(
      env.DB,
      'SELECT max(position) AS head FROM journal',
    );
    const [second] = await rowsOf<{ head: number }>(
      env.DB_2,
      'SELECT max(position) AS head FROM journal',
    );
    expect(heads).toEqual([first?.head, first?.head, second?.head]);
    const brought = { streams: [{ tenant: 'acme', stream: 'product/whole' }] };
    const { body } = await post(OPERATOR, '/v1/restore/bring?database=DB_2', brought);
    expect(body).toMatchObject({ streams: [{ version: 0, because: 'stuck' }] });
    expect(await dumped(env.DB_2)).not.toContain('acme');
  });

  test('sealing, where its bucket is bound', async () => {
    const without = Object.create(env, { JOURNAL_2: { value: undefined } });
    const { body } = await get(OPERATOR, '/v1/status', { in: without });
    const { databases } = operationsStatus.parse(body);
    expect(databases.map(({ name, sealed }) => [name, sealed.bucket])).toEqual([
      ['DB', true],
      ['DB_2', false],
    ]);
  });

  test('an erasure takes one tenant’s rows, and leaves those of the other database', async () => {
    await provision('gone', 'DB_2');
    await provision('stays');
    for (const tenant of ['gone', 'stays']) await register(`${tenant}.ann`, 'tea');
    await settle();
    const at = new Date(Date.now() + faults.clockSkewMs + 1_000).toISOString();
    await post(ADMIN, '/v1/tenants/gone/schedule-erasure', { at, reason });
    faults.clockSkewMs += 2_000;
    const before = await rowsOf(env.DB, PRODUCTS_OF_STAYS);
    for (let done: unknown = false; done !== true; ) {
      const { status, body } = await post(ADMIN, '/v1/tenants/gone/erase');
      expect({ status, body }).toMatchObject({ status: 200 });
      done = body.done;
    }
    expect(await get(ADMIN, '/v1/tenants/gone')).toMatchObject({
      body: { status: 'erased', database: 'DB_2', erased: { streams: 1, events: 1, rows: 1 } },
    });
    expect(await rowsOf(env.DB_2, "SELECT 1 FROM products_v1 WHERE tenant = 'gone'")).toEqual([]);
    await settle();
    expect(before).toHaveLength(1);
    expect(await rowsOf(env.DB, PRODUCTS_OF_STAYS)).toEqual(before);
    expect((await get('stays.ann', '/v1/queries/products/tea')).status).toBe(200);
  });
});

describe('DB8 what a client returns to another database', () => {
  test('a position is refused', async () => {
    for (const token of ['acme.ann', 'globex.bob']) await register(token, 'positions');
    await settle();
    const { body: own } = await get('acme.ann', '/v1/events?limit=1');
    const foreign = await get('globex.bob', `/v1/events?after=${own.after}`);
    expect(foreign).toMatchObject({ status: 410, body: { type: '/problems/restored' } });
    const { body: other } = await get('globex.bob', '/v1/events?limit=1');
    expect(await get('acme.ann', `/v1/events?after=${other.after}`)).toMatchObject({ status: 410 });
    expect(await get('globex.bob', `/v1/events?after=${other.after}`)).toMatchObject({
      status: 200,
    });
  });

  test('a bookmark is refused', async () => {
    const bookmarkOf = async (token: string) => {
      const { headers } = await get(token, '/v1/queries/products');
      return headers.get('d1-bookmark') ?? '';
    };
    const [ofAcme, ofGlobex] = [await bookmarkOf('acme.ann'), await bookmarkOf('globex.bob')];
    expect(ofGlobex).toMatch(/^DB_2\//);
    for (const [token, bookmark, status] of [
      ['acme.ann', ofAcme, 200],
      ['globex.bob', ofGlobex, 200],
      ['globex.bob', ofAcme, 400],
      ['acme.ann', ofGlobex, 400],
    ] as const) {
      const headers = { 'd1-bookmark': bookmark };
      expect(await get(token, '/v1/queries/products', { headers })).toMatchObject({ status });
    }
  });
});

test('DB9 a command costs a database the same trips and rows, whichever it is', async () => {
  const costOf = async (tenant: string) => {
    await register(`${tenant}.ann`, 'cost');
    await deliver(await messagesOf(tenant, 'product/cost'));
    const costs: (typeof world.use)[] = [];
    while (costs.length < 3) {
      await accepted(`${tenant}.ann`, 'product/cost/ReceiveStock', { quantity: 1 });
      const messages = await messagesOf(tenant, 'product/cost');
      resetUse();
      await deliver(messages);
      costs.push(structuredClone(world.use));
    }
    // The least: an alarm of an earlier test's object, which looks for its events, may come between.
    return [0, 1].map(
      (index) =>
        costs.flatMap((use) => use[index] ?? []).sort((one, other) => one.trips - other.trips)[0],
    );
  };
  const [first, none] = await costOf('acme');
  const [nothing, second] = await costOf('globex');
  expect(first).toMatchObject({ trips: 2, rowsWritten: 3 });
  expect(second).toEqual(first);
  const unused = { trips: 0, rowsWritten: 0, rowsRead: 0 };
  expect([none, nothing]).toEqual([unused, unused]);
});

describe('DB12 a jurisdiction', () => {
  test('is recorded when a tenant is provisioned, and each of its objects is made in it', async () => {
    const { made, env: own } = inJurisdictions('DB_2:eu');
    const asking = { by: isolate(), in: own };
    const inEurope = { tenant: 'europe', database: 'DB_2' };
    const answer = await post(ADMIN, '/v1/tenants', inEurope, asking);
    expect(answer).toMatchObject({ status: 201, body: { jurisdiction: 'eu' } });
    const data = { name: 'Tea', priceCents: 1 };
    const path = '/v1/commands/product/tea/RegisterProduct';
    expect(await post('europe.ann', path, data, asking)).toMatchObject({ status: 200 });
    expect(await deliver(await messagesOf('europe', 'product/tea'), asking)).toBe(0);
    const found = await get('europe.ann', '/v1/queries/products', asking);
    expect(found).toMatchObject({ status: 200, body: { rows: [{ product: 'tea' }] } });
    const ofEurope = made.filter((one) => one.includes(' europe/'));
    expect(ofEurope).toContain('eu europe/product/tea');
    expect(ofEurope.filter((one) => !one.startsWith('eu '))).toEqual([]);
    expect(made.filter((one) => one.includes(' ledge/') && one.startsWith('eu'))).toEqual([]);
  });

  test.each([
    ['is not named any more', ''],
    ['is another one', 'DB_2:us'],
    ['cannot be read', 'DB_2:mars'],
  ])('that %s serves nothing of its tenants', async (_what, variable) => {
    const { made, env: own } = inJurisdictions(variable);
    const asking = { by: isolate(), in: own };
    const refused = await get('europe.ann', '/v1/queries/products', asking);
    expect(refused).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } });
    expect(refused.body.detail).toContain('another jurisdiction');
    const path = '/v1/commands/product/tea/ReceiveStock';
    expect(await post('europe.ann', path, { quantity: 1 }, asking)).toMatchObject({ status: 503 });
    expect(made.filter((one) => one.includes(' europe/'))).toEqual([]);
  });

  test('is fixed: a tenant is not provisioned in another one', async () => {
    const asking = { by: isolate(), in: inJurisdictions('DB_2:us').env };
    const again = { tenant: 'europe', database: 'DB_2' };
    expect(await post(ADMIN, '/v1/tenants', again, asking)).toMatchObject({
      status: 409,
      body: { reason: 'tenant-in-other-database', details: { jurisdiction: 'eu' } },
    });
  });
});

describe('SD16 the schedules of a tenant', () => {
  const every = { cron: '* * * * *', timeZone: 'UTC', missed: 'once' } as const;
  const sends = (name: string) => ({
    ...{ ...every, name },
    on: ({ tenant }: ScheduleTick) =>
      command(product, `${name}-${tenant}`, 'RegisterProduct', { name, priceCents: 1 }),
  });
  const each = defineSchedule(sends('each'));
  const named = defineSchedule({ ...sends('named'), tenant: 'globex' });
  const by = isolate('provisioned', defineApp({ ...app, schedules: [each, named] }));

  const minute = async (time: string) => {
    const controller = createScheduledController({ scheduledTime: Date.parse(time) });
    await by.scheduled(controller, env).catch(() => undefined);
  };
  const OF_BOTH = `
    SELECT * FROM schedule WHERE tenant IN ('acme', 'globex') ORDER BY tenant, name`;
  const places = async (database: D1Database) =>
    (await rowsOf(database, OF_BOTH)).map(({ tenant, name, settled }) => [
      tenant,
      name,
      new Date(Number(settled)).toISOString(),
    ]);

  const settleIn = async (tenant: string, database: string) => {
    const answer = await post(ADMIN, '/v1/tenants', { tenant, database }, { by });
    expect(answer).toMatchObject({ status: 201 });
  };

  test('whose database is not bound fail visibly, and hold up no others', async () => {
    await settleIn('acme', 'DB');
    const controller = createScheduledController({
      scheduledTime: Date.parse('2027-01-10T02:59Z'),
    });
    await expect(by.scheduled(controller, withOneDatabase)).rejects.toThrow('run-schedules');
    const settled = '2027-01-10T02:59:00.000Z';
    expect(await places(env.DB)).toEqual([['acme', 'each', settled]]);
    await rowsOf(env.DB, 'DELETE FROM schedule');
  });

  test('are in its database, and go on while another one is down', async () => {
    await settleIn('acme', 'DB');
    await settleIn('globex', 'DB_2');
    await minute('2027-01-10T03:00Z');
    const before = [['acme', 'each', '2027-01-10T03:00:00.000Z']];
    expect(await places(env.DB)).toEqual(before);
    world.down.add(0);
    await minute('2027-01-10T03:01Z');
    const at = '2027-01-10T03:01:00.000Z';
    expect(await places(env.DB)).toEqual(before);
    expect(await places(env.DB_2)).toEqual([
      ['globex', 'each', at],
      ['globex', 'named', at],
    ]);
    const read = (name: string) => get('globex.ann', `/v1/aggregates/product/${name}`, { by });
    expect(await read('named-globex')).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await read('each-acme')).toMatchObject({ status: 404 });
    await rowsOf(env.DB, 'DELETE FROM schedule');
    await rowsOf(env.DB_2, 'DELETE FROM schedule');
  });
});
