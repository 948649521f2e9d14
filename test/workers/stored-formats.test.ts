/** What a release has stored, opened by the newest code: two objects and D1, recorded by test/fixtures/record.ts. */
import { applyD1Migrations, runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import database from '../fixtures/format-1/database.json' with { type: 'json' };
import fulfilment from '../fixtures/format-1/fulfilment-o-1.json' with { type: 'json' };
import product from '../fixtures/format-1/product-chai.json' with { type: 'json' };
import { deployment } from './support/deployment.ts';
import { sagaApp } from './support/entry.ts';
import { faults, resetFaults } from './support/faults.ts';
import { env, evict, keptMessages, objectOf, rowsOf, send } from './support/harness.ts';
import { commandOf, migrationsOf, nextCode, nextSchema } from './support/next-release.ts';

const shop = deployment(sagaApp);

const DAY_MS = 86_400_000;

/** The object as it was stored; it sleeps. Its deadlines lie ahead, as they did then. */
async function restore(stream: string, statements: readonly string[]): Promise<void> {
  await runInDurableObject(objectOf(stream), (_object, { storage }) => {
    for (const statement of statements) storage.sql.exec(statement);
    const { sql } = storage;
    const hasTimers = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'timer'").toArray();
    if (hasTimers.length > 0) sql.exec('UPDATE timer SET due_at = ?', Date.now() + DAY_MS);
  });
  await evict(stream);
}

function formatOf(stream: string): Promise<unknown> {
  return runInDurableObject(objectOf(stream), (_object, { storage }) =>
    storage.sql.exec('SELECT name, format FROM object').one(),
  );
}

beforeAll(async () => {
  await env.DB.batch(database.map((statement) => env.DB.prepare(statement)));
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  await restore('product/chai', product);
  await restore('fulfilment/o-1', fulfilment);
});

beforeEach(() => {
  resetFaults();
  Object.assign(faults, { queue: 'kept', health: 'off' });
});

describe('ST11 what storage format 1 has stored is opened by this code', () => {
  test('the object is read, now and in the past', async () => {
    const { body } = await shop.get('/v1/aggregates/product/chai');
    expect(body).toMatchObject({ version: 4, state: { onHand: 78, reserved: 2 } });
    const past = await shop.get('/v1/aggregates/product/chai?version=2');
    expect(past.body).toMatchObject({ version: 2, state: { onHand: 39 } });
    const stream = await shop.get('/v1/streams/product/chai');
    expect(stream.body.events).toMatchObject([
      { version: 1, type: 'ProductRegistered', data: { name: 'Chai' } },
      {
        version: 2,
        metadata: {
          ...{ actor: 'service:shop', credential: expect.stringMatching(/^key:[0-9a-f]{24}$/) },
          ...{ commandId: 'receive', causationId: 'receive' },
        },
      },
      { version: 3 },
      { version: 4, type: 'StockReserved', metadata: { actor: 'ledge:saga/fulfilment' } },
    ]);
  });

  test('D1 answers queries, the feed and the list of projections', async () => {
    const { body } = await shop.get('/v1/queries/products/chai');
    expect(body).toMatchObject({ name: 'Chai', onHand: 78, reserved: 2 });
    const feed = await shop.get('/v1/events?limit=100');
    expect(feed.body.events).toHaveLength(9);
    const projections = await shop.get('/v1/projections');
    expect(projections.status).toBe(200);
    expect(JSON.stringify(projections.body)).not.toContain('"state":"inactive"');
  });

  test('outcomes are known by their keys, accepted or rejected, and keys are not reused', async () => {
    const again = (data: object, key: string) =>
      send('product/chai', 'ReceiveStock', data, { 'idempotency-key': key });
    expect((await again({ quantity: 39 }, 'receive')).body).toMatchObject({
      ...{ outcome: 'accepted', version: 2, replayed: true },
    });
    expect((await again({ quantity: 1 }, 'receive')).status).toBe(422);
    const rejected = await send(
      'product/chai',
      'ShipStock',
      { order: 'nobody' },
      { 'idempotency-key': 'rejected' },
    );
    expect(rejected.body).toMatchObject({ status: 409, reason: 'not-reserved', replayed: true });
  });

  test('a saga and its timer are there', async () => {
    const { body } = await shop.get('/v1/aggregates/fulfilment/o-1');
    expect(body).toMatchObject({ version: 3, state: { status: 'running' } });
    const timers = await shop.get('/v1/timers/fulfilment/o-1');
    expect(timers.body).toMatchObject({ timers: [{ id: 'timeout/pay', command: 'Timeout' }] });
  });

  test('it decides, its event is relayed, and the read models continue from their position', async () => {
    const answer = await send('product/chai', 'ReceiveStock', { quantity: 2 });
    expect(answer.body).toMatchObject({ outcome: 'accepted', version: 5 });
    const messages = keptMessages();
    expect(messages).toHaveLength(1);
    expect(await shop.deliver(messages)).toBe(0);
    expect(await rowsOf("SELECT on_hand FROM products_v1 WHERE product = 'chai'")).toEqual([
      { on_hand: 80 },
    ]);
    expect((await shop.post('/v1/projections/products/rebuild')).status).toBe(200);
    expect(await shop.buildAll('products')).toBeGreaterThan(0);
    expect((await shop.get('/v1/queries/products/chai')).body).toMatchObject({ onHand: 80 });
  });
});

describe('ST12 what storage format 1 has stored is migrated by its next write, once, an eviction between', () => {
  type NextObject = Parameters<Parameters<typeof nextCode>[3]>[0];

  async function expectMigratedBy(stream: string, write: (object: NextObject) => void) {
    const next = (work: (object: NextObject) => void) =>
      nextCode(sagaApp, stream, nextSchema, work);
    await next((object) => expect(object.events({ after: 0, limit: 1 })).toHaveLength(1));
    expect(await formatOf(stream)).toMatchObject({ format: 1 });
    await evict(stream);
    await next(write);
    await evict(stream);
    expect(await formatOf(stream)).toMatchObject({ format: 2 });
    await next((object) => expect(object.events({ after: 0, limit: 1 })).toHaveLength(1));
    expect(await migrationsOf(stream)).toBe(1);
  }

  test('an object with outcomes, by a command', async () => {
    await restore('product/migrated', product);
    await expectMigratedBy('product/migrated', (object) => {
      const command = commandOf('ReceiveStock', { quantity: 2 });
      expect(object.execute([command])).toMatchObject([{ outcome: 'accepted', version: 5 }]);
    });
  });

  test('an object with a timer, by an operator, its table included', async () => {
    await restore('fulfilment/migrated', fulfilment);
    const by = { actor: 'ann', reason: 'a test' };
    await expectMigratedBy('fulfilment/migrated', (object) => {
      object.operateTimer({ operation: 'cancel', id: 'timeout/pay', ...by });
      expect(object.timers({ after: '', limit: 1 }).timers).toMatchObject([{ state: 'cancelled' }]);
    });
    const columns = await runInDurableObject(
      objectOf('fulfilment/migrated'),
      (_object, { storage }) =>
        storage.sql.exec("SELECT name FROM pragma_table_info('timer')").toArray(),
    );
    expect(columns).toContainEqual({ name: 'note' });
  });
});
