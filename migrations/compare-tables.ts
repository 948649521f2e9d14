/**
 * Holds the migrations of a project against Ledge's own and against the read models of its app. A released table never
 * changes: a changed read model needs a new version of its projection.
 */
import { getTableName } from 'drizzle-orm';
import type { App } from '../core/app.ts';
import { commandText } from '../core/package-name.ts';
import { definedGenerations, tablesOf } from '../core/plan/projection-version.ts';
import { createReadModel } from './create-table.ts';
import { copyLabel, machineryFaults, shippedMigrations, uncopied } from './machinery-files.ts';
import { readMigrations, releasedTables, sqlForm } from './read-migrations.ts';

/** A migration to write. */
export interface NewMigration {
  readonly label: string;
  readonly sql: string;
  /** What it brings, for people. */
  readonly brings: string;
}

export interface TableComparison {
  /** What no new migration cures, each with what to do. */
  readonly faults: readonly string[];
  readonly fresh: readonly NewMigration[];
}

export function compareTables(
  folder: string,
  app: App,
  shipped = shippedMigrations(),
): TableComparison {
  const migrations = readMigrations(folder);
  const released = releasedTables(migrations);
  const tables = definedGenerations(app).flatMap((generation) =>
    tablesOf(generation).map((model) => ({
      name: getTableName(model.table),
      sql: createReadModel(model),
    })),
  );
  const missing = tables.filter(({ name }) => !released.has(name));
  const changed = tables.filter(
    ({ name, sql }) => released.has(name) && released.get(name) !== sqlForm(sql),
  );
  return {
    faults: [
      ...machineryFaults(migrations, shipped),
      ...changed.map(
        ({ name, sql }) =>
          `Table ${name} is released and differs now. Raise its projection's version.\n${sql}`,
      ),
    ],
    fresh: [
      ...uncopied(migrations, shipped).map((migration) => ({
        label: copyLabel(migration),
        sql: migration.sql,
        brings: `Ledge's own ${migration.file}`,
      })),
      ...readModels(missing),
    ],
  };
}

function readModels(missing: readonly { name: string; sql: string }[]): NewMigration[] {
  if (missing.length === 0) return [];
  const names = missing.map(({ name }) => name);
  const label = names.length > 3 ? 'tables' : names.join('_');
  const sql = `${missing.map(({ sql }) => sql).join('\n\n')}\n`;
  return [{ label, sql, brings: names.join(', ') }];
}

/** Everything that keeps the tables from being those of the code, each with what to do. */
export function tableFaults(folder: string, app: App): string[] {
  const { faults, fresh } = compareTables(folder, app);
  if (fresh.length === 0) return [...faults];
  const brings = fresh.map((one) => one.brings).join(', ');
  return [...faults, `No migration creates ${brings}. Run: ${commandText('migrations')}`];
}
