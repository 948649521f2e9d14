/**
 * Which rows a caller may see: those of its tenant, and of those the ones that its access rules grant. Equalities alone,
 * so that a scope is data: it goes into SQL, into the name of a group of live queries and into cursors.
 */
import { and, type SQL, sql } from 'drizzle-orm';
import { ownValue } from '../values/own-value.ts';
import type { CellCodec, StoredValue } from './cell.ts';
import { indexFor, isOfTenant, type Narrowing, notNarrowed } from './read-path.ts';
import { cellNamed, type ReadModelTable } from './table.ts';

export type ScopeValue = string | number | boolean;

/** Every row, or those with one of these values in each of these columns. */
export type RowScope = 'all' | Readonly<Record<string, readonly ScopeValue[]>>;

/** By the names of tables. A table that is left out has no rows. */
export type RowScopes = 'all' | Readonly<Record<string, RowScope>>;

export interface Viewer {
  readonly tenant: string;
  readonly rows: RowScopes;
  /** The grant `personal`: open columns are shown. Left out: they are null for the viewer. */
  readonly opensPersonal?: boolean;
}

/** Of a table for a viewer; undefined where nothing grants it any row. */
export function scopeOf({ rows }: Pick<Viewer, 'rows'>, table: string): RowScope | undefined {
  return rows === 'all' ? rows : ownValue(rows, table);
}

/** Whether the table has open columns, which the viewer is not shown. */
export function isMasked({ open }: ReadModelTable, { opensPersonal = false }: Viewer): boolean {
  return open.length > 0 && !opensPersonal;
}

/**
 * The condition on the rows of a table that a viewer may see. A column that the table lacks matches no row. `narrowing`:
 * how the query narrows and sorts them.
 */
export function isVisible(
  model: ReadModelTable,
  viewer: Viewer,
  narrowing: Narrowing = notNarrowed,
): SQL | undefined {
  const scope = scopeOf(viewer, model.name);
  if (scope === undefined) return nothing;
  const granted = scope === 'all' ? [] : Object.entries(scope);
  return and(
    isOfTenant(model, viewer.tenant, indexOf(model, viewer, narrowing)),
    ...granted.map(([column, values]) => hasOneOf(model, column, values)),
  );
}

/** The columns of the index that `isVisible` reads; undefined for the primary key. */
export function indexOf(
  { name, definition }: ReadModelTable,
  viewer: Viewer,
  narrowing: Narrowing,
): readonly string[] | undefined {
  const scope = scopeOf(viewer, name) ?? 'all';
  return indexFor(definition, scope === 'all' ? [] : Object.keys(scope), narrowing);
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
