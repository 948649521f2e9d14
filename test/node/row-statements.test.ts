/** Row changes mean the same in SQLite as they do in memory: what unit tests of projections rest on. */
import { DatabaseSync } from 'node:sqlite';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryRows } from '../../core/memory-rows.ts';
import { foldChanges, type RowChange } from '../../core/row-change.ts';
import { rowStatements } from '../../worker/projector/row-statements.ts';
import { arbitraryBatches, thingTable } from '../controls/things.ts';

const REFUSED = 'refused';

test('G2 row changes leave the same rows in SQLite, folded or one by one, as in memory', () => {
  fc.assert(
    fc.property(arbitraryBatches, (batches) => {
      const expected = inMemory(batches.flat());
      expect(inSqlite(batches.flatMap((batch) => foldChanges(batch)))).toEqual(expected);
      expect(inSqlite(batches.flat().flatMap((change) => foldChanges([change])))).toEqual(expected);
    }),
    { numRuns: 1_000 },
  );
});

function inMemory(changes: readonly RowChange[]): unknown {
  const rows = new MemoryRows();
  try {
    rows.apply(changes);
  } catch {
    return REFUSED;
  }
  return rows.of(thingTable);
}

function inSqlite(layers: readonly (readonly RowChange[])[]): unknown {
  using database = new DatabaseSync(':memory:');
  database.exec(createTable());
  try {
    for (const layer of layers) write(database, layer);
  } catch (error) {
    if (!/constraint failed/.test(String(error))) throw error;
    return REFUSED;
  }
  const rows = database.prepare('SELECT * FROM things_v1 ORDER BY id').all();
  return rows.map(({ tenant: _tenant, ...row }) => row);
}

function write(database: DatabaseSync, layer: readonly RowChange[]): void {
  const changes = layer.map((change) => ({ tenant: 'main', change }));
  for (const { sql, rows } of rowStatements(changes)) {
    database.prepare(sql).run(JSON.stringify(rows));
  }
}

function createTable(): string {
  const { name, columns } = getTableConfig(thingTable.table);
  const lines = columns.map((column) => {
    const start = column.default === undefined ? '' : ` DEFAULT ${column.default}`;
    return `${column.name} ${column.getSQLType()}${column.notNull ? ' NOT NULL' : ''}${start}`;
  });
  return `CREATE TABLE ${name} (${lines.join(', ')}, PRIMARY KEY (tenant, id)) WITHOUT ROWID`;
}
