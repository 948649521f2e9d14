/** The storage format of an object: its row, its migrations, and what happens where newer code has written it. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { born, lone } from '../../bench/bill/counted.ts';
import type { Incident } from '../../core/failures/incident.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { streamWithoutId } from '../../worker/runtime/written-line.ts';
import { billOf } from './support/bill.ts';
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import {
  type aggregateOf,
  deliver,
  env,
  evict,
  fetchWorker,
  get,
  keptMessages,
  objectOf,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';
import { expectDescribed } from './support/hostile.ts';
import { commandOf, migrationsOf, nextCode, nextSchema } from './support/next-release.ts';
import { objectIds } from './support/object-ids.ts';

useKeptQueue();

const keyed = (key: string) => ({ 'idempotency-key': key });
const goods = (name: string) => ({ name, priceCents: 100 });

const register = (id: string) =>
  send(`product/${id}`, 'RegisterProduct', goods(id), keyed('register'));
const receive = (id: string, key: string) =>
  send(`product/${id}`, 'ReceiveStock', { quantity: 5 }, keyed(key));

interface ObjectRow extends Record<string, SqlStorageValue> {
  name: string;
  format: number;
}

function inStorage<Result>(
  stream: string,
  work: (storage: DurableObjectStorage) => Result,
): Promise<Result> {
  return runInDurableObject(objectOf(stream), (_object, { storage }) => work(storage));
}

const rowOf = (stream: string) =>
  inStorage(stream, ({ sql }) => sql.exec<ObjectRow>('SELECT name, format FROM object').toArray());

/** All that the object's storage has, byte for byte. */
const contentOf = (stream: string) =>
  inStorage(stream, ({ sql }) => {
    const tables = sql
      .exec<{ name: string; sql: string }>(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'",
      )
      .toArray();
    return tables.map((table) => [table.sql, sql.exec(`SELECT * FROM ${table.name}`).toArray()]);
  });

/** What code of the next release leaves behind; the object sleeps afterwards. */
async function writtenByNewerCode(stream: string): Promise<void> {
  await inStorage(stream, ({ sql }) => sql.exec('UPDATE object SET format = 2'));
  await evict(stream);
}

describe('ST2 an object knows its own name and its storage format', () => {
  test('from its first write on, in one row', async () => {
    await register('named');
    expect(await rowOf('product/named')).toEqual([{ name: 'main/product/named', format: 1 }]);
    await receive('named', 'more');
    await evict('product/named');
    await receive('named', 'and-more');
    expect(await rowOf('product/named')).toEqual([{ name: 'main/product/named', format: 1 }]);
  });

  test('also next to a table that the platform stores', async () => {
    await inStorage('product/beside', ({ sql }) =>
      sql.exec('CREATE TABLE __miniflare_do_name (id INTEGER PRIMARY KEY, name TEXT)'),
    );
    await evict('product/beside');
    expect((await register('beside')).status).toBe(200);
    expect(await rowOf('product/beside')).toEqual([{ name: 'main/product/beside', format: 1 }]);
  });

  test('so that one found by its id alone answers under its name', async () => {
    await register('listed');
    await evict('product/listed');
    const known = objectOf('product/listed').id.toString();
    const [id] = (await objectIds(env.AGGREGATE)).filter((one) => one.toString() === known);
    if (!id) throw new Error('The object is not listed.');
    expect(id.name).toBeUndefined();
    await runInDurableObject(env.AGGREGATE.get(id), () => undefined);
    const { AGGREGATE } = env;
    const byId = AGGREGATE.get(id) as unknown as ReturnType<typeof aggregateOf>;
    expect(await byId.events({ after: 0, limit: 1 })).toMatchObject([{ stream: 'product/listed' }]);
  });
});

test('ST3 the row costs one row written for each object, once', async () => {
  await get('/v1/aggregates/product/billed');
  const bill = await billOf('product/billed');
  await register('billed');
  expect(bill.read().rowsWritten).toBe(born.objectRows + lone.objectRows);
  await deliver(keptMessages());
  bill.reset();
  await runDurableObjectAlarm(objectOf('product/billed'));
  expect(bill.read().rowsWritten).toBe(lone.confirmationRows);
  bill.reset();
  await receive('billed', 'later');
  expect(bill.read().rowsWritten).toBe(lone.objectRows);
});

describe('ST4 an object that newer code has written', () => {
  const expectUnchanged = async (stream: string, act: () => Promise<void>) => {
    const before = await contentOf(stream);
    await act();
    expect(await contentOf(stream)).toEqual(before);
  };

  test('executes no command: 503 with the remedy to deploy the newer code, alone and in a batch, and nothing is stored', async () => {
    await register('newer');
    await writtenByNewerCode('product/newer');
    await expectUnchanged('product/newer', async () => {
      const answer = await receive('newer', 'refused');
      expect(answer.status).toBe(503);
      expectDescribed(answer.body, 'unavailable');
      expect(answer.body.detail).toMatch(/deploy the newer code/);
      const line = { aggregate: 'product', id: 'newer', command: 'ReceiveStock' };
      const response = await fetchWorker('/v1/commands', {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: JSON.stringify({ ...line, data: { quantity: 1 } }),
      });
      const outcome: unknown = JSON.parse(await response.text());
      expect(outcome).toMatchObject({ status: 503, detail: answer.body.detail });
    });
  });

  test.each([
    '/v1/aggregates/product/unread',
    '/v1/aggregates/product/unread?version=1',
    '/v1/streams/product/unread',
    '/v1/timers/product/unread',
  ])('answers %s with 503 and changes nothing', async (path) => {
    await register('unread');
    await inStorage('product/unread', ({ sql }) => sql.exec('UPDATE object SET format = 2'));
    await evict('product/unread');
    await expectUnchanged('product/unread', async () => {
      const { status, body } = await get(path);
      expect({ path, status }).toEqual({ path, status: 503 });
      expectDescribed(body, 'unavailable');
      expect(body.detail).toMatch(/deploy the newer code/);
    });
    await inStorage('product/unread', ({ sql }) => sql.exec('UPDATE object SET format = 1'));
    await evict('product/unread');
  });

  test('keeps its alarm, which changes nothing and is set again', async () => {
    await register('ringing');
    await writtenByNewerCode('product/ringing');
    await expectUnchanged('product/ringing', async () => {
      await runDurableObjectAlarm(objectOf('product/ringing'));
      expect(await inStorage('product/ringing', (storage) => storage.getAlarm())).not.toBeNull();
    });
    const logged = faults.log.filter(({ operation }) => operation === 'alarm');
    expect(logged).toMatchObject([{ level: 'error', stream: streamWithoutId('product/ringing') }]);
  });

  test('holds back its own stream alone, until its code is back', async () => {
    await register('back');
    await deliver(keptMessages());
    await receive('back', 'lost');
    keptMessages();
    await writtenByNewerCode('product/back');
    await register('neighbour');
    const reminder = { tenant: 'main', stream: 'product/back', version: 2, events: [] };
    const messages = [...keptMessages(), JSON.stringify(reminder)];
    expect(await deliver(messages)).toMatchObject({ acked: { length: 1 }, retried: { length: 1 } });
    await inStorage('product/back', ({ sql }) => sql.exec('UPDATE object SET format = 1'));
    await evict('product/back');
    expect(await deliver([JSON.stringify(reminder)])).toMatchObject({ acked: { length: 1 } });
    expect(await rowsOf("SELECT on_hand FROM products_v1 WHERE product = 'back'")).toEqual([
      { on_hand: 5 },
    ]);
  });

  test('is refused too without its row', async () => {
    await register('rowless');
    await inStorage('product/rowless', ({ sql }) => sql.exec('DELETE FROM object'));
    await evict('product/rowless');
    await expectUnchanged('product/rowless', async () => {
      expect((await receive('rowless', 'refused')).status).toBe(503);
    });
  });
});

test('ST5 a health object that newer code has written takes no report and shows none', async () => {
  faults.health = 'real';
  const object = env.HEALTH.getByName('newer');
  const { HEALTH }: LedgeEnv = env;
  const health = HEALTH.getByName('newer');
  const incident: Incident = {
    ...{ tenant: 'main', stream: 'a/1', version: 1, settledVersion: null },
    ...{ kind: 'delivery', cause: 'c', remedy: 'r' },
  };
  await health.report([incident]);
  await runInDurableObject(object, (_object, { storage }) => {
    const { sql } = storage;
    expect(sql.exec('SELECT name, format FROM object').toArray()).toEqual([
      { name: 'newer', format: 1 },
    ]);
    sql.exec('UPDATE object SET format = 2');
  });
  await evictDurableObject(object);
  const refusal = (call: Promise<unknown>) => call.then(() => 'taken', String);
  expect(await refusal(health.report([incident]))).toMatch(/Storage format 2/);
  expect(await refusal(health.summary())).toMatch(/Storage format 2/);
  await runDurableObjectAlarm(object);
  await runInDurableObject(object, async (_object, { storage }) => {
    expect(storage.sql.exec('SELECT reports FROM incident').toArray()).toEqual([{ reports: 1 }]);
    expect(await storage.getAlarm()).not.toBeNull();
  });
});

describe('ST6 an object of an older format', () => {
  const command = commandOf('ReceiveStock', { quantity: 2 });

  const broken: typeof nextSchema = {
    ...nextSchema,
    migrations: [
      [...(nextSchema.migrations[0] ?? []), { table: 'event', sql: 'UPDATE nothing SET x = 1' }],
    ],
  };

  test('is read in its format, and migrated once, by its next write', async () => {
    const stream = 'product/older';
    await register('older');
    await evict(stream);
    await nextCode(testApp, stream, nextSchema, (object) => {
      expect(object.currentState()).toMatchObject({ version: 1 });
      expect(object.events({ after: 0, limit: 10 })).toHaveLength(1);
    });
    expect(await rowOf(stream)).toMatchObject([{ format: 1 }]);
    expect(await migrationsOf(stream)).toBe(0);

    await nextCode(testApp, stream, nextSchema, (object) => {
      expect(object.execute([command, command])).toMatchObject([{ version: 2 }, { version: 3 }]);
      expect(object.execute([command])).toMatchObject([{ version: 4 }]);
    });
    await nextCode(testApp, stream, nextSchema, (object) => {
      expect(object.execute([command])).toMatchObject([{ version: 5 }]);
      expect(object.currentState()).toMatchObject({ version: 5, state: { onHand: 8 } });
    });
    expect(await rowOf(stream)).toEqual([{ name: `main/${stream}`, format: 2 }]);
    expect(await migrationsOf(stream)).toBe(1);
    await evict(stream);
    expect((await receive('older', 'rolled-back')).status).toBe(503);
  });

  test('keeps its format if the migration or the write fails, or it is evicted in between: it is migrated completely, or not at all', async () => {
    const stream = 'product/half';
    await register('half');
    const before = await contentOf(stream);
    await nextCode(testApp, stream, broken, (object) => {
      expect(object.execute([command])).toMatchObject([{ outcome: 'failed' }]);
    });
    expect(await contentOf(stream)).toEqual(before);
    await evict(stream);
    await inStorage(stream, ({ sql }) =>
      sql.exec(`CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no'); END`),
    );
    await nextCode(testApp, stream, nextSchema, (object) => {
      expect(object.execute([command])).toMatchObject([{ outcome: 'failed' }]);
    });
    expect(await contentOf(stream)).toEqual(before);
    await inStorage(stream, ({ sql }) => sql.exec('DROP TRIGGER full'));
    await evict(stream);
    await nextCode(testApp, stream, nextSchema, (object) => {
      expect(object.execute([command])).toMatchObject([{ version: 2 }]);
    });
    expect(await migrationsOf(stream)).toBe(1);
    await evict(stream);
    await nextCode(testApp, stream, nextSchema, (object) => {
      expect(object.execute([command])).toMatchObject([{ version: 3 }]);
    });
    expect(await migrationsOf(stream)).toBe(1);
  });
});
