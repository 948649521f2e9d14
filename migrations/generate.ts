/**
 * Writes the D1 migrations that are missing: a copy of each of Ledge's own, and the tables of read models that no
 * migration has created yet.
 *
 *   ledge migrations [--check] [--app src/app.ts] [--out migrations] [--config wrangler.toml] [--env NAME]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareTables, type NewMigration, tableFaults } from './compare-tables.ts';
import { loadApp } from './load-app.ts';
import { printFaults } from './print-faults.ts';
import { readProject } from './project.ts';
import { nextNumber } from './read-migrations.ts';

/** @returns the exit code */
export function migrations(argv: readonly string[]): Promise<number> {
  return printFaults(() => writeMissing(argv));
}

async function writeMissing(argv: readonly string[]): Promise<readonly string[]> {
  const { values: options } = parseArgs({
    args: [...argv],
    options: {
      check: { type: 'boolean', default: false },
      app: { type: 'string' },
      out: { type: 'string' },
      config: { type: 'string' },
      env: { type: 'string' },
    },
  });
  const { app: file, migrations: folder } = readProject(options);
  const app = await loadApp(file);
  if (options.check) return tableFaults(folder, app);
  const { faults, fresh } = compareTables(folder, app);
  if (faults.length === 0) for (const migration of fresh) write(folder, migration);
  return faults;
}

function write(folder: string, { label, sql, brings }: NewMigration): void {
  const file = join(folder, `${nextNumber(folder)}_${label}.sql`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, sql);
  console.log(`${file} creates ${brings}.`);
}
