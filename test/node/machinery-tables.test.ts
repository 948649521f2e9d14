/** Ledge's own migrations: what is shipped makes the tables of the code, and a project gets what it has no copy of. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { getTableName } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { compareTables } from '../../migrations/compare-tables.ts';
import { createTable } from '../../migrations/create-table.ts';
import { machineryFaults, shippedMigrations } from '../../migrations/machinery-files.ts';
import { type Migration, readMigrations } from '../../migrations/read-migrations.ts';
import * as machinery from '../../worker/d1/schema.ts';
import { app } from '../other-app/app.ts';

const shipped = shippedMigrations();

/** What a later release could bring. */
const later: Migration = {
  file: '0002_reasons.sql',
  sql: '-- ledge 0002\nALTER TABLE `watch` ADD COLUMN `reason` text;\n',
  statements: ['alter table watch add column reason text'],
  copyOf: 2,
};

function databaseOf(statements: readonly string[]): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  for (const statement of statements) database.exec(statement);
  return database;
}

/** Columns, defaults, keys and the kind of storage, whatever text made them. */
function tablesOf(database: DatabaseSync): unknown {
  return Object.values(machinery)
    .map(getTableName)
    .map((name) => [
      database.prepare('SELECT wr FROM pragma_table_list WHERE name = ?').get(name),
      database
        .prepare('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?)')
        .all(name),
    ]);
}

/** A project's folder with these migrations. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'ledge-machinery-'));
  for (const [file, sql] of Object.entries(files)) writeFileSync(join(folder, file), sql);
  return folder;
}

const [first = later] = shipped;

describe('what is shipped', () => {
  test('CK12 makes exactly the tables of the code', () => {
    const made = databaseOf(shipped.map(({ sql }) => sql));
    expect(tablesOf(made)).toEqual(tablesOf(databaseOf(Object.values(machinery).map(createTable))));
    const names = made.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    expect(names.map(({ name }) => name).toSorted()).toEqual(
      Object.values(machinery).map(getTableName).toSorted(),
    );
  });

  test('CK12 is numbered without a gap, in its names and in its first lines', () => {
    expect(shipped.map(({ copyOf }) => copyOf)).toEqual(shipped.map((_, index) => index + 1));
    expect(shipped.map(({ file }) => Number.parseInt(file, 10))).toEqual(
      shipped.map(({ copyOf }) => copyOf),
    );
  });

  test.each(shipped)('CK13 $file only adds', ({ statements }) => {
    for (const statement of statements) expect(statement).toMatch(ADDITIVE);
  });

  test.each([
    'drop table watch',
    'alter table watch drop column due',
    'alter table watch rename to watches',
    'alter table watch add column reason text not null',
    'update journal_page set body = null',
  ])('CK13 `%s` would not', (statement) => {
    expect(statement).not.toMatch(ADDITIVE);
    expect(later.statements[0]).toMatch(ADDITIVE);
  });
});

/** Tables, their indexes and first rows, and columns without which code of the release before writes rows. */
const ADDITIVE =
  /^create table \w+ |^create view \w+ |^create index \w+ |^insert into \w+ |^alter table \w+ add (column )?(?!.* not null(?!.* default))/;

describe('a project', () => {
  const own = { '0001_ledge_tables.sql': first.sql };

  test('CK14 gets the migrations that it has no copy of, above its highest number', () => {
    const folder = folderOf({ ...own, '0007_mine.sql': 'CREATE TABLE mine (id INTEGER);' });
    const { faults, fresh } = compareTables(folder, app, [...shipped, later]);
    expect(faults).toEqual([]);
    expect(fresh.slice(0, -1)).toEqual([
      { label: 'ledge_reasons', sql: later.sql, brings: "Ledge's own 0002_reasons.sql" },
    ]);
  });

  test.each([
    ['under another number and name', { '0031_tables_of_ledge.sql': first.sql }],
    ['with the line ends of Windows', { '0001_x.sql': first.sql.replaceAll('\n', '\r\n') }],
    ['with a byte order mark', { '0001_x.sql': `\uFEFF${first.sql}` }],
    ['in another layout', { '0001_x.sql': first.sql.replaceAll('\n  ', ' ') }],
  ])('CK14 has a copy %s', (_name, files) => {
    const { faults, fresh } = compareTables(folderOf(files), app);
    expect([faults, fresh.map(({ brings }) => brings)]).toEqual([[], ['balances_v1, bank_v1']]);
  });

  test('CK15 of a newer release keeps its copies under the release before', () => {
    const project = readMigrations(folderOf({ ...own, '0002_ledge_reasons.sql': later.sql }));
    expect(project.map(({ copyOf }) => copyOf)).toEqual([1, 2]);
    expect(machineryFaults(project, shipped)).toEqual([]);
  });

  test('CK15 keeps what it stored when a later migration is applied', () => {
    const database = databaseOf([first.sql]);
    database.exec(
      "INSERT INTO watch (tenant, projection, shard, registration) VALUES ('a', 'b', 1, 'c')",
    );
    database.exec(later.sql);
    database.exec(
      "INSERT INTO watch (tenant, projection, shard, registration) VALUES ('a', 'b', 2, 'c')",
    );
    expect(database.prepare('SELECT shard, reason FROM watch').all()).toEqual([
      { shard: 1, reason: null },
      { shard: 2, reason: null },
    ]);
  });
});
