/**
 * Which rows a caller may see: those of its tenant, and of those the ones that its access rules grant. Equalities alone,
 * so that a scope is data: it goes into SQL, into the name of a group of live queries and into cursors.
 */
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { ownValue } from '../values/own-value.ts';
import type { CellCodec, StoredValue } from './cell.ts';
import { cellNamed, columnNamed, type ReadModelTable, type TableDefinition } from './table.ts';

export type ScopeValue = string | number | boolean;

/** Every row, or those with one of these values in each of these columns. */
export type RowScope = 'all' | Readonly<Record<string, readonly ScopeValue[]>>;

/** By the names of tables. A table that is left out has no rows. */
export type RowScopes = 'all' | Readonly<Record<string, RowScope>>;

export interface Viewer {
  readonly tenant: string;
  readonly rows: RowScopes;
}

/** Of a table for a viewer; undefined where nothing grants it any row. */
export function scopeOf({ rows }: Pick<Viewer, 'rows'>, table: string): RowScope | undefined {
  return rows === 'all' ? rows : ownValue(rows, table);
}

/**
 * The condition on the rows of a table that a viewer may see. A column that the table lacks matches no row. `compared`:
 * columns that the query compares with values beside it.
 */
export function isVisible(
  model: ReadModelTable,
  viewer: Viewer,
  compared: readonly string[] = [],
): SQL | undefined {
  const scope = scopeOf(viewer, model.name);
  if (scope === undefined) return nothing;
  const granted = scope === 'all' ? [] : Object.entries(scope);
  const columns = [...compared, ...granted.map(([column]) => column)];
  return and(
    ofTenant(model, viewer.tenant, columns),
    ...granted.map(([column, values]) => hasOneOf(model, column, values)),
  );
}

const nothing = sql`0`;

function hasOneOf(model: ReadModelTable, name: string, values: readonly ScopeValue[]): SQL {
  const column = ownValue(model.columns, name);
  if (!column) return nothing;
  const stored = values.flatMap((value) => boundOf(cellNamed(model, name), value));
  if (stored.length === 0) return nothing;
  if (stored.length === 1) return sql`${column} = ${stored[0]}`;
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(stored)}))`;
}

/** None for a value that the column cannot hold, as a claim may be: it equals no row. */
function boundOf(cell: CellCodec, value: ScopeValue): StoredValue[] {
  try {
    return [cell.encodeBound(value)];
  } catch {
    return [];
  }
}

/**
 * Where an index begins with one of the columns, the tenant is compared as the expression that the index has. The primary
 * key begins with the tenant too and cannot serve the expression: without statistics SQLite prefers it, and reads every
 * row of the tenant.
 */
function ofTenant(
  { definition, columns }: ReadModelTable,
  tenant: string,
  compared: string[],
): SQL {
  const column = columnNamed(columns, 'tenant');
  return isIndexed(definition, compared) ? sql`'' || ${column} = ${tenant}` : eq(column, tenant);
}

/** Whether an index begins with one of the columns; the key, which needs none, comes first. */
function isIndexed({ key, indexes }: TableDefinition, compared: readonly string[]): boolean {
  const [first = ''] = key;
  return !compared.includes(first) && indexes.some(([column = '']) => compared.includes(column));
}

/** Whether the rows that a rule over these columns leaves are found without reading others. */
export function bounds({ key, indexes }: TableDefinition, columns: readonly string[]): boolean {
  return [key, ...indexes].some(([first = '']) => columns.includes(first));
}
