/**
 * Writes the D1 migration for tables that no migration has created yet: the machinery's own and one for each read
 * model and version. A released table never changes; a changed one needs a new projection version.
 *
 *   ledge migrations [--check] [--app domain/app.ts] [--out migrations]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { getTableName } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { App } from '../core/app.ts';
import { commandText } from '../core/package-name.ts';
import { definedGenerations, tablesOf } from '../core/plan/projection-version.ts';
import * as machinery from '../worker/d1/schema.ts';
import { FIRST_ROW } from '../worker/d1/storage-format.ts';
import { createTable } from './create-table.ts';
import { exitCodeOf, fail, loadApp } from './load-app.ts';
import { nextNumber, releasedTables, sqlForm } from './released-tables.ts';

interface Options {
  readonly check: boolean;
  readonly app: string;
  readonly out: string;
}

interface NewTable {
  readonly name: string;
  readonly sql: string;
}

export function migrations(argv: readonly string[]): Promise<number> {
  return exitCodeOf(generate(argv));
}

async function generate(argv: readonly string[]): Promise<void> {
  const { values: options } = parseArgs({
    args: [...argv],
    options: {
      check: { type: 'boolean', default: false },
      app: { type: 'string', default: 'domain/app.ts' },
      out: { type: 'string', default: 'migrations' },
    },
  });
  const fresh = newTables(await loadApp(options.app), options.out);
  if (fresh.length > 0) write(fresh, options);
}

function newTables(app: App, folder: string): NewTable[] {
  const readModels = definedGenerations(app).flatMap((generation) =>
    tablesOf(generation).map(({ table }) => ({ table, remedy: "Raise its projection's version." })),
  );
  const ownTables = Object.values(machinery).map((table) => ({
    table,
    remedy: "It is Ledge's own: its migration is part of Ledge's release.",
  }));
  const released = releasedTables(folder);
  const fresh: NewTable[] = [];
  for (const { table, remedy } of [...ownTables, ...readModels]) {
    const name = getTableName(table);
    const sql = withFirstRow(table, createTable(table));
    const before = released.get(name);
    if (before === undefined) fresh.push({ name, sql });
    else if (before !== sqlForm(sql)) {
      fail(`Table ${name} is released and differs now. ${remedy}\n${sql}`);
    }
  }
  return fresh;
}

function withFirstRow(table: SQLiteTable, sql: string): string {
  return table === machinery.storageFormat ? `${sql}\n\n${FIRST_ROW}` : sql;
}

function write(fresh: readonly NewTable[], { check, out }: Options): void {
  const names = fresh.map(({ name }) => name).join(', ');
  if (check) fail(`No migration creates ${names}. Run: ${commandText('migrations')}`);
  const label = fresh.length > 3 ? 'tables' : fresh.map(({ name }) => name).join('_');
  const file = join(out, `${nextNumber(out)}_${label}.sql`);
  mkdirSync(out, { recursive: true });
  writeFileSync(file, `${fresh.map(({ sql }) => sql).join('\n\n')}\n`);
  console.log(`${file} creates ${names}.`);
}
