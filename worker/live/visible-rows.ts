/** The rows that the caller of a socket may see, of the tables that one query reads: callers with the same share a group. */
import { findList, findProjection, findQuery } from '../../core/app.ts';
import { type RowScopes, scopeOf } from '../../core/projection/row-scope.ts';
import type { ReadModelTable } from '../../core/projection/table.ts';
import { type RuledCaller, rightsOf } from '../http/rights-of.ts';
import type { Machinery } from '../runtime/machinery.ts';

export function visibleRows(machinery: Machinery, caller: RuledCaller, query: string): RowScopes {
  const { rows } = rightsOf(machinery, caller);
  if (rows === 'all') return rows;
  const viewer = { tenant: caller.tenant, rows };
  const scopes = tablesOf(machinery, query).flatMap(({ name }) => {
    const scope = scopeOf(viewer, name);
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
