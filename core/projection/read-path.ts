/**
 * What serves a read: the primary key, or an index that Ledge chooses. D1 has no statistics, and SQLite alone would
 * prefer the key, which begins with the tenant and reads all of its rows.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { columnNamed, type ReadModelTable, type TableDefinition } from './table.ts';

/** The declared names of the columns that a read compares and sorts by. */
export interface Narrowing {
  /** Compared with one value or some. */
  readonly equal: readonly string[];
  /** Compared with bounds. */
  readonly ranged: readonly string[];
  /** The first column of the order. */
  readonly sorted: readonly string[];
}

export const notNarrowed: Narrowing = { equal: [], ranged: [], sorted: [] };

type Index = readonly string[];

type NamedColumn = Pick<SQLiteColumn, 'name'>;

/**
 * Undefined for the primary key. A whole key finds one row; else what access rules grant comes first, so that a caller
 * never reads the rows of others.
 */
export function indexFor(
  { key, indexes }: TableDefinition,
  granted: readonly string[],
  { equal, ranged, sorted }: Narrowing,
): Index | undefined {
  const compared = [...granted, ...equal];
  if (key.every((column) => compared.includes(column))) return undefined;
  const [first = ''] = key;
  for (const columns of [granted, equal, ranged, sorted]) {
    if (columns.includes(first)) return undefined;
    const found = bestOf(indexes.filter(beginsWith(columns)), [...compared, ...sorted]);
    if (found) return found;
  }
  return undefined;
}

/** Whether the rows that a rule over these columns leaves are found without reading others. */
export function bounds({ key, indexes }: TableDefinition, columns: readonly string[]): boolean {
  return [key, ...indexes].some(beginsWith(columns));
}

function beginsWith(columns: readonly string[]) {
  return ([first = '']: Index): boolean => columns.includes(first);
}

/** One whose second column is wanted too, or else the shortest; of equals the first that is declared. */
function bestOf(found: readonly Index[], wanted: readonly string[]): Index | undefined {
  const goesOn = found.find(([, second = '']) => wanted.includes(second));
  return goesOn ?? found.toSorted((one, other) => one.length - other.length)[0];
}

/**
 * The first part of an index: the tenant behind the index's own columns. Nothing but this index serves a condition on
 * the same expression, so that SQLite has no choice, and a rebuild may call the index what it likes.
 */
export function indexedTenant(index: readonly NamedColumn[], tenant: string): string {
  return `'${labelOf(index).replaceAll("'", "''")}' || ${tenant}`;
}

/** The rows of a tenant, by the index or by the primary key. */
export function isOfTenant(
  { columns }: ReadModelTable,
  tenant: string,
  index: Index | undefined,
): SQL {
  const column = columnNamed(columns, 'tenant');
  if (!index) return sql`${column} = ${tenant}`;
  const indexed = index.map((name) => columnNamed(columns, name));
  return sql`${sql.raw(indexedTenant(indexed, ''))}${column} = ${labelOf(indexed) + tenant}`;
}

function labelOf(index: readonly NamedColumn[]): string {
  return `${index.map(({ name }) => name)}:`;
}
