/**
 * Which rows a caller may see: those of its tenant, and of those the ones that its access rules grant. Equalities alone,
 * so that a scope is data: it goes into SQL, into the name of a group of live queries and into cursors.
 */
import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import { ownValue } from '../values/own-value.ts';
import { columnNamed, type ReadModelTable } from './table.ts';

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
export function scopeOf({ rows }: Viewer, table: string): RowScope | undefined {
  return rows === 'all' ? rows : ownValue(rows, table);
}

/** The condition on the rows of a table that a viewer may see. A column that the table lacks matches no row. */
export function isVisible(model: ReadModelTable, viewer: Viewer): SQL | undefined {
  const scope = scopeOf(viewer, model.name);
  if (scope === undefined) return sql`0`;
  const ofTenant = eq(columnNamed(model.columns, 'tenant'), viewer.tenant);
  if (scope === 'all') return ofTenant;
  const granted = Object.entries(scope).map(([name, values]) => {
    const column = ownValue(model.columns, name);
    return column && values.length > 0 ? inArray(column, [...values]) : sql`0`;
  });
  return and(ofTenant, ...granted);
}
