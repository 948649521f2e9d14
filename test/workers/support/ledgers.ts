/**
 * Projections over the troublesome aggregate whose handlers do what types refuse and JavaScript does: notes say what.
 */
import { sql } from 'drizzle-orm';
import { integer, text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineProjection } from '../../../core/projection/define-projection.ts';
import { rowChanges } from '../../../core/projection/row-change.ts';
import { type Columns, readModelTable, table } from '../../../core/projection/table.ts';
import { rowsOf } from './harness.ts';
import { troublesome } from './troublesome.ts';

function timeIn(mode: 'timestamp' | 'timestamp_ms') {
  return mode === 'timestamp' ? integer({ mode: 'timestamp' }) : integer({ mode: 'timestamp_ms' });
}

/** Of several streams; `at` in seconds, or in milliseconds. */
export function ledgers(version: number, mode: 'timestamp' | 'timestamp_ms' = 'timestamp') {
  const columns = {
    id: text().notNull(),
    total: integer().notNull(),
    at: timeIn(mode).notNull().default(new Date(0)),
    tags: text({ mode: 'json' }),
  };
  const ledgers = table(columns, { key: ['id'], filters: ['at'], sorts: ['total', 'at'] });
  return defineProjection({
    name: 'ledgers',
    version,
    from: [troublesome],
    tables: { ledgers },
    on: {
      // Its results are those that a handler in JavaScript may return.
      troublesome: {
        Worked: ({ aggregateId, data }, tables) => answer(aggregateId, data.note, tables) as never,
      },
    },
  })
    .query('ledgers-unknown-column', z.strictObject({}), (db, { ledgers }) =>
      db.select({ of: sql<string>`colour` }).from(ledgers),
    )
    .query('ledgers-unknown-table', z.strictObject({}), (db, { ledgers }) =>
      db.select({ of: sql<string>`(SELECT 1 FROM nowhere)` }).from(ledgers),
    )
    .query('ledgers-no-sql', z.strictObject({}), (db, { ledgers }) =>
      db.select({ of: sql<string>`1 +` }).from(ledgers),
    )
    .query('ledgers-thrown', z.strictObject({}), () => {
      throw new Error('no query today');
    })
    .query(
      'ledgers-input',
      z.strictObject({}).transform((input) => {
        if (Object.keys(input).length === 0) throw new Error('no input today');
        return input;
      }),
      (db, { ledgers }) => db.select().from(ledgers),
    );
}

type Tables = {
  readonly ledgers: { [Method in 'insert' | 'upsert' | 'patch']: (...given: never[]) => unknown };
};

/** The same table in another projection. */
const others = rowChanges<Columns, string>(
  readModelTable('others', table({ id: text().notNull() }, { key: ['id'] }), 1),
);

function answer(id: string, note: string, { ledgers }: Tables): unknown {
  const upsert = (changes: object) =>
    Reflect.apply(ledgers.upsert, ledgers, [{ id: 'all' }, changes]);
  const own = (cells: object) =>
    Reflect.apply(ledgers.insert, ledgers, [{ id, total: 0, ...cells }]);
  switch (note) {
    case 'surplus':
      return own({ note });
    case 'returns nothing':
      return undefined;
    case 'returns a promise':
      return Promise.resolve([]);
    case 'of another projection':
      return others.remove({ id });
    case 'text for a date':
      return own({ at: '2026-01-01' });
    case 'bigint in JSON':
      return own({ tags: { n: 1n } });
    case 'half a character':
      return own({ id: '💸'.slice(0, 1) });
    case 'own':
      return own({});
    default:
      return note === '' ? [] : upsert({ add: { total: Number(note) } });
  }
}

/** What the user's migration would do, with a DEFAULT that a date is not stored as. */
export async function createLedgers(version: number): Promise<void> {
  await rowsOf(`CREATE TABLE ledgers_v${version} (tenant TEXT NOT NULL, id TEXT NOT NULL, total INTEGER NOT NULL,
    at INTEGER DEFAULT '"1970-01-01T00:00:00.000Z"' NOT NULL, tags TEXT, PRIMARY KEY (tenant, id)) WITHOUT ROWID`);
}
