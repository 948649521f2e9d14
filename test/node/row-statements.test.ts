/** Row changes mean the same in SQLite as they do in memory: what unit tests of projections rest on. */
import { DatabaseSync } from 'node:sqlite';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldChanges } from '../../core/projection/fold-changes.ts';
import { MemoryRows } from '../../core/projection/memory-rows.ts';
import type { RowChange } from '../../core/projection/row-change.ts';
import type { ReadModelTable } from '../../core/projection/table.ts';
import { rowStatements } from '../../worker/projections/row-statements.ts';
import { awkwardBatches, awkwardTable, sumsAtTheBounds } from '../controls/awkward.ts';
import { arbitraryBatches, thingTable } from '../controls/things.ts';

test('G2 row changes leave the same rows in SQLite, folded or one by one, as in memory', () => {
  fc.assert(
    fc.property(arbitraryBatches, (batches) => expectSame(thingTable, batches)),
    { numRuns: 300 },
  );
});

test('G4 G5 so do awkward values: no batch rounds, reorders or loses them, and refusals are the same', () => {
  fc.assert(
    fc.property(awkwardBatches, (batches) => expectSame(awkwardTable, batches)),
    { numRuns: 800 },
  );
});

test('G4 sums at the bounds are refused at the same step, folded or one by one', () => {
  fc.assert(
    fc.property(sumsAtTheBounds, (batches) => expectSame(awkwardTable, batches)),
    { numRuns: 300 },
  );
});

/** Cut as they came, in one batch, and one by one. */
function expectSame(table: ReadModelTable, batches: readonly RowChange[][]): void {
  const expected = inMemory(table, batches.flat());
  expect(inSqlite(table, batches)).toEqual(expected);
  expect(inSqlite(table, [batches.flat()])).toEqual(expected);
  expect(
    inSqlite(
      table,
      batches.flat().map((change) => [change]),
    ),
  ).toEqual(expected);
}

/** What is refused is left out, as an event that is parked. */
function inMemory(table: ReadModelTable, changes: readonly RowChange[]): unknown {
  const rows = new MemoryRows();
  for (const change of changes) {
    try {
      rows.apply([change]);
    } catch {
      // The next one may go on.
    }
  }
  return rows.of(table);
}

function inSqlite(table: ReadModelTable, batches: readonly RowChange[][]): unknown {
  using database = new DatabaseSync(':memory:');
  database.exec(createTable(table));
  for (const batch of batches) write(database, batch);
  const { name } = getTableConfig(table.table);
  const order = table.definition.key.map((key) => table.columns[key]?.name).join();
  return database
    .prepare(`SELECT * FROM ${name} ORDER BY ${order}`)
    .all()
    .map((row) => answered(table, row));
}

/** As drizzle reads a row. */
function answered({ columns }: ReadModelTable, row: Readonly<Record<string, unknown>>): unknown {
  const { tenant: _tenant, ...own } = columns;
  const cells = Object.entries(own).map(([name, column]) => {
    const stored = row[column.name];
    return [name, stored === null ? null : column.mapFromDriverValue(stored)];
  });
  return Object.fromEntries(cells);
}

/** Like the runtime: a refused batch is halved until the failing change is alone, which is left out. */
function write(database: DatabaseSync, batch: readonly RowChange[]): void {
  if (batch.length === 0 || isWritten(database, batch)) return;
  const middle = Math.ceil(batch.length / 2);
  if (batch.length === 1) return;
  write(database, batch.slice(0, middle));
  write(database, batch.slice(middle));
}

function isWritten(database: DatabaseSync, batch: readonly RowChange[]): boolean {
  database.exec('BEGIN');
  try {
    for (const layer of foldChanges(batch)) {
      const changes = layer.map((change) => ({ tenant: 'main', change }));
      for (const { sql, rows } of rowStatements(changes)) {
        database.prepare(sql).all(JSON.stringify(rows));
      }
    }
    database.exec('COMMIT');
    return true;
  } catch (error) {
    database.exec('ROLLBACK');
    if (!/constraint failed|a sum beyond/.test(String(error))) throw error;
    return false;
  }
}

/** With a DEFAULT that is not what the column stores: it must never be used. */
function createTable({ table, definition, columns }: ReadModelTable): string {
  const config = getTableConfig(table);
  const lines = config.columns.map((column) => {
    const start =
      column.default === undefined ? '' : ` DEFAULT '${JSON.stringify(column.default)}'`;
    return `${column.name} ${column.getSQLType()}${column.notNull ? ' NOT NULL' : ''}${start}`;
  });
  const key = ['tenant', ...definition.key].map((name) => columns[name]?.name).join();
  return `CREATE TABLE ${config.name} (${lines.join()}, PRIMARY KEY (${key})) WITHOUT ROWID`;
}
