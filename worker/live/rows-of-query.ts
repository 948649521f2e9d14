/** The rows of one query that a caller may see: callers with the same share a group of live queries. */
import { findList, findProjection, findQuery } from '../../core/app.ts';
import { type RowScopes, scopeOf } from '../../core/projection/row-scope.ts';
import type { ReadModelTable } from '../../core/projection/table.ts';
import type { Machinery } from '../runtime/machinery.ts';

/** `rows`: of all tables. */
export function rowsOfQuery(machinery: Machinery, rows: RowScopes, query: string): RowScopes {
  if (rows === 'all') return rows;
  const scopes = tablesOf(machinery, query).flatMap(({ name }) => {
    const scope = scopeOf({ rows }, name);
    return scope === undefined ? [] : [[name, scope] as const];
  });
  return Object.fromEntries(scopes);
}

function tablesOf({ app }: Machinery, name: string): readonly ReadModelTable[] {
  const list = findList(app, name);
  if (list) return [list.table];
  const query = findQuery(app, name);
  return (query && findProjection(app, query.projection)?.tables) ?? [];
}
