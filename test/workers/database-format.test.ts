/** The storage format of D1: code that does not know it neither writes nor reads, however long it has been running. */
import { afterEach, describe, expect, test } from 'vitest';
import { withKnownFormat } from '../../worker/d1/with-known-format.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { expectDescribed } from './support/hostile.ts';

useKeptQueue();

const shop = deployment(testApp);

/** What a migration of the next release does. */
const raiseFormat = () => rowsOf('UPDATE storage_format SET format = 2');

afterEach(async () => {
  await rowsOf('INSERT OR REPLACE INTO storage_format (id, format) VALUES (1, 1)');
});

async function registered(id: string): Promise<string[]> {
  await send(`product/${id}`, 'RegisterProduct', { name: id, priceCents: 100 });
  return keptMessages();
}

/** Every row that is not the format's own. */
async function content(): Promise<unknown[]> {
  const tables = await rowsOf<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'
     AND name NOT GLOB '_cf_*' AND name NOT GLOB 'd1_*' AND name <> 'storage_format'`,
  );
  return Promise.all(tables.map(({ name }) => rowsOf(`SELECT * FROM ${name}`)));
}

describe('ST8 a database of a format that the code does not know is not written to', () => {
  test('messages come again, nothing is stored, and all of it arrives once the code is back', async () => {
    await shop.deliver(await registered('before'));
    const messages = await registered('waits');
    await raiseFormat();
    const before = await content();
    expect(await shop.deliver(messages)).toBe(1);
    expect(await content()).toEqual(before);
    expect(faults.log).toContainEqual(
      expect.objectContaining({
        ...{ operation: 'consume', kind: 'unknown-format' },
        reason: expect.stringContaining('Storage format 2 of D1 is unknown'),
      }),
    );
    await rowsOf('UPDATE storage_format SET format = 1');
    expect(await shop.deliver(messages)).toBe(0);
    expect(await rowsOf("SELECT name FROM products_v1 WHERE product = 'waits'")).toHaveLength(1);
  });

  test('also where the migration comes between its plan and its batch', async () => {
    await shop.deliver(await registered('planned'));
    const messages = await registered('overtaken');
    const before = await content();
    faults.beforeBatch = async () => {
      faults.beforeBatch = () => undefined;
      await raiseFormat();
    };
    expect(await shop.deliver(messages)).toBe(1);
    expect(await content()).toEqual(before);
  });

  test.each([
    ['/v1/sweep', {}],
    ['/v1/verify', {}],
    ['/v1/redrive', {}],
    ['/v1/projections/products/rebuild', {}],
    ['/v1/projections/products/pause', { reason: 'a test' }],
  ])('and %s is answered with 503', async (path, input) => {
    await raiseFormat();
    const before = await content();
    const { status, body } = await shop.post(path, input);
    expect({ path, status }).toEqual({ path, status: 503 });
    expectDescribed(body, 'unavailable');
    expect(body.detail).toMatch(/newer code/i);
    expect(await content()).toEqual(before);
  });

  test('no build continues', async () => {
    await shop.deliver(await registered('built'));
    expect((await shop.post('/v1/projections/products/rebuild')).status).toBe(200);
    await raiseFormat();
    const before = await content();
    await expect(shop.build('products')).rejects.toThrow(/Storage format 2/);
    expect(await content()).toEqual(before);
    await rowsOf('UPDATE storage_format SET format = 1');
    expect(await shop.buildAll('products')).toBeGreaterThan(0);
  });

  test('a command is accepted: its object is of a known format, and its event waits there', async () => {
    await raiseFormat();
    expect(
      (await send('product/kept', 'RegisterProduct', { name: 'k', priceCents: 1 })).status,
    ).toBe(200);
  });
});

describe('ST9 a database of a format that the code does not know is not read', () => {
  const paths = [
    '/v1/queries/products',
    '/v1/queries/products/any',
    '/v1/events',
    '/v1/streams/product',
    '/v1/projections',
    '/v1/dead-letters',
    '/ready',
  ];

  test.each(paths)('%s is answered with 503 and the remedy', async (path) => {
    await shop.deliver(await registered('any'));
    expect((await shop.get(path)).status).not.toBe(503);
    await raiseFormat();
    const { status, body } = await shop.get(path);
    expect({ path, status }).toEqual({ path, status: 503 });
    expectDescribed(body, 'unavailable');
    expect(body.detail).toMatch(/deploy the newer code/i);
  });

  test('a database without its row is not read either', async () => {
    await rowsOf('DELETE FROM storage_format');
    expect((await shop.get('/v1/queries/products')).status).toBe(503);
  });
});

describe('ST10 the assertion', () => {
  /** The database, and what its batches were answered with. */
  function recorded(): { database: D1Database; answers: D1Result[][] } {
    const answers: D1Result[][] = [];
    const batch = async (door: Pick<D1Database, 'batch'>, statements: D1PreparedStatement[]) => {
      const results = await door.batch(statements);
      answers.push(results);
      return results;
    };
    const own = {
      prepare: (sql: string) => env.DB.prepare(sql),
      batch: (statements: D1PreparedStatement[]) => batch(env.DB, statements),
      withSession: (start: D1SessionConstraint) => {
        const session = env.DB.withSession(start);
        return {
          batch: (statements: D1PreparedStatement[]) => batch(session, statements),
          prepare: own.prepare,
        };
      },
    };
    // What the door uses of a database.
    return { database: withKnownFormat(own as unknown as D1Database), answers };
  }

  test('costs one statement, one row read and no row written for each round trip', async () => {
    const { database, answers } = recorded();
    const one = database.prepare('SELECT ? AS one').bind(1);
    expect(await one.first()).toEqual({ one: 1 });
    expect((await one.all()).results).toEqual([{ one: 1 }]);
    expect(await database.batch([one, one])).toHaveLength(2);
    expect(await database.withSession('first-unconstrained').batch([one])).toHaveLength(1);
    expect(answers.map((results) => results.length)).toEqual([2, 2, 3, 2]);
    for (const [first] of answers) {
      expect(first?.meta).toMatchObject({ rows_read: 1, rows_written: 0 });
    }
  });

  test('cannot be bypassed: other methods of a database or a statement do not exist', () => {
    const { database } = recorded();
    expect(database.exec).toBeUndefined();
    expect(database.dump).toBeUndefined();
    expect(database.prepare('SELECT 1').raw).toBeUndefined();
  });
});
