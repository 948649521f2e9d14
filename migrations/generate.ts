/**
 * Writes the D1 migration for tables that no migration has created yet: the machinery's own and one for each read
 * model and version. A released table never changes; a changed one needs a new projection version.
 *
 *   node migrations/generate.ts [--check] [--app domain/app.ts] [--out migrations]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { getTableName } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { definedGenerations } from '../core/generation.ts';
import { FIRST_ROW } from '../worker/d1/storage-format.ts';
import * as machinery from '../worker/projector/schema.ts';
import { createTable } from './create-table.ts';
import { fail, loadApp } from './load-app.ts';
import { nextNumber, releasedTables, sqlForm } from './released-tables.ts';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    app: { type: 'string', default: 'domain/app.ts' },
    out: { type: 'string', default: 'migrations' },
  },
});

const readModels = definedGenerations(await loadApp(options.app)).flatMap(({ tables }) =>
  tables.map(({ table }) => ({ table, remedy: "Raise its projection's version." })),
);
const ownTables = Object.values(machinery).map((table) => ({
  table,
  remedy: "It is Ledge's own: its migration is part of Ledge's release.",
}));

const released = releasedTables(options.out);
const fresh: { name: string; sql: string }[] = [];
for (const { table, remedy } of [...ownTables, ...readModels]) {
  const name = getTableName(table);
  const sql = withFirstRow(table, createTable(table));
  const before = released.get(name);
  if (before === undefined) fresh.push({ name, sql });
  else if (before !== sqlForm(sql)) {
    fail(`Table ${name} is released and differs now. ${remedy}\n${sql}`);
  }
}
if (fresh.length > 0) write(fresh.map(({ name }) => name).join(', '));

function withFirstRow(table: SQLiteTable, sql: string): string {
  return table === machinery.storageFormat ? `${sql}\n\n${FIRST_ROW}` : sql;
}

function write(names: string): void {
  if (options.check) fail(`No migration creates ${names}. Run: npm run migrations`);
  const label = fresh.length > 3 ? 'tables' : fresh.map(({ name }) => name).join('_');
  const file = join(options.out, `${nextNumber(options.out)}_${label}.sql`);
  mkdirSync(options.out, { recursive: true });
  writeFileSync(file, `${fresh.map(({ sql }) => sql).join('\n\n')}\n`);
  console.log(`${file} creates ${names}.`);
}
