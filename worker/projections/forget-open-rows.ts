/**
 * Forgets what open columns have of a subject, in the batch that brings the event into the journal: in every generation
 * whose tables the database has, served, building, paused or of older code.
 */
import type { App } from '../../core/app.ts';
import { openTablesOf } from '../../core/plan/open-tables.ts';
import {
  definitionOf,
  type Generation,
  type OpenTable,
  type ServingSet,
  tableSuffix,
} from '../../core/plan/projection-version.ts';
import { jsonArrays } from '../../core/values/json-arrays.ts';
import type { Projector } from '../projector/projector.ts';
import { forgetSql } from './forget-sql.ts';
import type { ForgottenSubject } from './forgotten-copies.ts';

/** `projections`: those whose rows change. */
export interface ForgottenRows {
  readonly statements: readonly D1PreparedStatement[];
  readonly projections: readonly string[];
}

const nothing: ForgottenRows = { statements: [], projections: [] };

/**
 * One statement of D1 finds the tables. They stay as they are until the batch is written, since it asserts the revision
 * of the set.
 */
export async function forgottenRows(
  { app, database }: Pick<Projector, 'app' | 'database'>,
  { generations }: ServingSet,
  forgotten: readonly ForgottenSubject[],
): Promise<ForgottenRows> {
  if (forgotten.length === 0) return nothing;
  const open = generations.flatMap((generation) =>
    openTablesIn(app, generation).map((table) => ({ projection: generation.projection, table })),
  );
  if (open.length === 0) return nothing;
  const names = open.map(({ table }) => table.table);
  const shapes = await shapesOf(database, names);
  const there = open.filter(({ table }) => hasColumns(shapes.get(table.table), table));
  const byTenant = Map.groupBy(forgotten, ({ tenant }) => tenant);
  const statements = there.flatMap(({ table }) => {
    const update = database.prepare(forgetSql(table));
    return Array.from(byTenant).flatMap(([tenant, own]) =>
      jsonArrays(own.map(({ subject }) => subject)).map((names) => update.bind(tenant, names)),
    );
  });
  return { statements, projections: [...new Set(there.map(({ projection }) => projection))] };
}

/** As the running code defines them; of other code as it has stored them. */
function openTablesIn(app: App, generation: Generation): OpenTable[] {
  const defined = definitionOf(app, generation);
  const tables = defined ? openTablesOf(defined) : generation.openTables;
  const suffix = tableSuffix(generation.purpose);
  return tables.map((one) => ({ ...one, table: one.table + suffix }));
}

const SHAPES = `
  SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name IN (SELECT value FROM json_each(?))`;

/** D1 allows no table of columns, so they are read from what made the table. */
async function shapesOf(
  database: D1Database,
  tables: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { results } = await database
    .prepare(SHAPES)
    .bind(JSON.stringify(tables))
    .all<{ name: string; sql: string }>();
  return new Map(results.map(({ name, sql }) => [name, sql.slice(sql.indexOf('('))]));
}

/** Migrations quote names with backticks, other tools with double quotes or not at all. */
function hasColumns(shape: string | undefined, { columns, subject }: OpenTable): boolean {
  const names = new Set(shape?.match(/[^\s`",()]+/g));
  return [...columns, subject].every((name) => names.has(name));
}
