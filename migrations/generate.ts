/**
 * Writes the D1 migration for tables that no migration has created yet: the machinery's own and one for each read
 * model and version. A released table never changes; a changed one needs a new projection version.
 *
 *   node migrations/generate.ts [--check] [--app domain/app.ts] [--out migrations]
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { generateSQLiteDrizzleJson, generateSQLiteMigration } from 'drizzle-kit/api';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import type { App } from '../core/app.ts';
import { definedGenerations } from '../core/generation.ts';
import * as machinery from '../worker/projector/schema.ts';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    app: { type: 'string', default: 'domain/app.ts' },
    out: { type: 'string', default: 'migrations' },
  },
});

const { app }: { app: App } = await import(pathToFileURL(resolve(options.app)).href);
const readModels = definedGenerations(app).flatMap(({ tables }) =>
  tables.map(({ table }) => table),
);
const released = releasedTables(options.out);
const fresh: { name: string; sql: string }[] = [];

for (const table of [...Object.values(machinery), ...readModels]) {
  const { name } = getTableConfig(table);
  const sql = await createTable(table);
  const before = released.get(name);
  if (before === undefined) fresh.push({ name, sql });
  else if (before !== sql) {
    fail(`Table ${name} is released and differs now. Raise its projection's version.\n${sql}`);
  }
}

if (fresh.length === 0) process.exit(0);
const names = fresh.map(({ name }) => name);
if (options.check) fail(`No migration creates ${names.join(', ')}. Run: npm run migrations`);
const number = String(migrationFiles(options.out).length + 1).padStart(4, '0');
const file = join(options.out, `${number}_${fresh.length > 3 ? 'tables' : names.join('_')}.sql`);
writeFileSync(file, `${fresh.map(({ sql }) => sql).join('\n\n')}\n`);
console.log(`${file} creates ${names.join(', ')}.`);

/** drizzle's own statement, without a rowid where that saves a second row written for every insert. */
async function createTable(table: SQLiteTable): Promise<string> {
  const [nothing, one] = await Promise.all([
    generateSQLiteDrizzleJson({}),
    generateSQLiteDrizzleJson({ table }),
  ]);
  const [sql, ...others] = await generateSQLiteMigration(nothing, one);
  if (sql === undefined || others.length > 0) fail('Expected one statement for a table.');
  const statement = sql.trim().replaceAll('\t', '  ');
  return usesRowid(table) ? statement : statement.replace(/\);$/, ') WITHOUT ROWID;');
}

/** An INTEGER PRIMARY KEY is the rowid itself. */
function usesRowid(table: SQLiteTable): boolean {
  return getTableConfig(table).columns.some((column) => column.primary);
}

function releasedTables(folder: string): Map<string, string> {
  const all = migrationFiles(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const created = all.join('\n').matchAll(/^CREATE TABLE `(\w+)` \([\s\S]*?\n\)[^;]*;/gm);
  return new Map([...created].map(([sql, name]) => [name ?? '', sql]));
}

function migrationFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_.*\.sql$/.test(name))
    .sort();
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
