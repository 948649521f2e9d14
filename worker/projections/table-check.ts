/**
 * Compares the tables in D1 with the tables of the code: once per isolate and revision of the serving set, and again
 * after a failure that names a table. A projection without its table becomes `inactive`, so that it delays nothing but
 * itself.
 */

import type { App } from '../../core/app.ts';
import { errorText } from '../../core/failures/error-text.ts';
import { commandText } from '../../core/package-name.ts';
import {
  definedGenerations,
  definitionOf,
  keyOf,
  type ServingSet,
  type Subscriber,
  type TableLack,
  type TableLacks,
  tablesOf,
} from '../../core/plan/projection-version.ts';
import type { ReadModelTable } from '../../core/projection/table.ts';
import type { Projector } from '../projector/projector.ts';
import { physicalName, physicalTables, quoted } from './row-statements.ts';

/** The time between checks while something is missing. Our value: a check reads the list of all tables. */
const RECHECK_AFTER_MS = 5_000;

interface TableCheck {
  readonly revision: number;
  readonly atMs: number;
  readonly lacking: TableLacks;
  /** A failure named a table or a column: the next check runs at once, and includes columns. */
  readonly isSuspect: boolean;
}

const checks = new WeakMap<D1Database, WeakMap<App, TableCheck>>();

/** The tables and columns of the code's generations that D1 lacks. */
export async function lackingTables(projector: Projector, set: ServingSet): Promise<TableLacks> {
  const { app, nowMs } = projector;
  const known = checksOf(projector);
  const last = known.get(app);
  if (last && isCurrent(last, set, nowMs())) return last.lacking;
  const isSuspect = last?.isSuspect === true || mayFollow(app, set);
  const lacking = await compareTables(projector, isSuspect);
  known.set(app, { revision: set.revision, atMs: nowMs(), lacking, isSuspect: false });
  return lacking;
}

export function suspectTables(projector: Projector): void {
  const suspect = { revision: 0, atMs: 0, lacking: new Map(), isSuspect: true };
  checksOf(projector).set(projector.app, suspect);
}

function checksOf({ database }: Projector): WeakMap<App, TableCheck> {
  const known = checks.get(database) ?? new WeakMap<App, TableCheck>();
  checks.set(database, known);
  return known;
}

function isCurrent(last: TableCheck, { revision }: ServingSet, nowMs: number): boolean {
  if (last.isSuspect || last.revision !== revision) return false;
  return last.lacking.size === 0 || nowMs < last.atMs + RECHECK_AFTER_MS;
}

/**
 * Another isolate may have found a missing column: a `inactive` projection is checked in full before it follows again.
 */
function mayFollow(app: App, { generations }: ServingSet): boolean {
  return generations.some((one) => one.state === 'inactive' && definitionOf(app, one));
}

async function compareTables(projector: Projector, withColumns: boolean): Promise<TableLacks> {
  const generations = definedGenerations(projector.app);
  const missing = new Set(await missingTables(projector, generations.flatMap(physicalTables)));
  const lacks = await Promise.all(
    generations.map(async (generation) => ({
      key: keyOf(generation),
      lack:
        missingTableOf(generation, missing) ??
        (withColumns ? await otherColumnsOf(projector, generation) : undefined),
    })),
  );
  return new Map(lacks.flatMap(({ key, lack }) => (lack ? [[key, lack]] : [])));
}

/** The given tables that D1 lacks. */
export async function missingTables(
  { database }: Pick<Projector, 'database'>,
  names: readonly string[],
): Promise<string[]> {
  const { results } = await database
    .prepare(
      `SELECT value AS name FROM json_each(?)
       WHERE value NOT IN (SELECT name FROM sqlite_master WHERE type = 'table')`,
    )
    .bind(JSON.stringify(names))
    .all<{ name: string }>();
  return results.map(({ name }) => name);
}

function missingTableOf(
  generation: Subscriber,
  missing: ReadonlySet<string>,
): TableLack | undefined {
  const table = physicalTables(generation).find((name) => missing.has(name));
  if (table === undefined) return undefined;
  const reason = `Table ${table} is missing: run \`${commandText('migrations')}\` and apply them.`;
  return { reason, rowsAreGone: true };
}

async function otherColumnsOf(
  projector: Projector,
  follower: Subscriber,
): Promise<TableLack | undefined> {
  for (const table of tablesOf(follower)) {
    const column = await missingColumnOf(projector, table);
    if (column === undefined) continue;
    const reason = `Table ${physicalName(table)} has no column ${column}: run \`${commandText('migrations')}\` and apply them.`;
    return { reason, rowsAreGone: false };
  }
  return undefined;
}

/** A qualified name that is not a column is an error; an unqualified one SQLite would take for a text. */
async function missingColumnOf(
  { database }: Projector,
  table: ReadModelTable,
): Promise<string | undefined> {
  const name = quoted(physicalName(table));
  const columns = Object.values(table.columns).map((column) => `${name}.${quoted(column.name)}`);
  try {
    await database.prepare(`SELECT ${columns.join(', ')} FROM ${name} LIMIT 0`).all();
    return undefined;
  } catch (error) {
    const found = /no such column: (?:\S+\.)?"?([^\s":]+)/.exec(errorText(error));
    if (!found) throw error;
    return found[1];
  }
}
