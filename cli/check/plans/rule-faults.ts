/** Reads under a rule over rows that are not bound by it: their caller would pay for the rows of others. */
import type { DatabaseSync } from 'node:sqlite';
import { getTableName } from 'drizzle-orm';
import type { Access } from '../../../core/access/define-access.ts';
import type { Projection } from '../../../core/projection/projection.ts';
import type { RowScope, Viewer } from '../../../core/projection/row-scope.ts';
import type { ReadModelTable } from '../../../core/projection/table.ts';
import { readsOfQuery, readsOfTable, sampleValue } from './declared-reads.ts';
import { isBoundByValue, planOf } from './read-plan.ts';

/** The values of a rule: with one and with several the SQL differs. */
const VALUES = [1, 2];

export function ruleFaults(
  database: DatabaseSync,
  projection: Projection,
  access: Access | undefined,
): string[] {
  return Object.entries(access?.roles ?? {}).flatMap(([role, { rows }]) => {
    if (typeof rows !== 'object') return [];
    const ruled = projection.tables.filter(({ name }) => typeof rows[name] === 'object');
    const names = ruled.map(({ table }) => getTableName(table));
    return VALUES.flatMap((count) => readsUnder(projection, ruled, rows, count))
      .filter(({ statements }) =>
        statements.some((statement) => !isBoundByValue(planOf(database, statement, names))),
      )
      .map(
        ({ kind, name }) =>
          `Under the rule of ${role} for ${names.join()}, ${kind} ${name} reads rows of others.`,
      );
  });
}

function readsUnder(
  { tables, queries }: Projection,
  ruled: readonly ReadModelTable[],
  rows: Readonly<Record<string, unknown>>,
  count: number,
) {
  if (ruled.length === 0) return [];
  const granted = tables.filter(({ name }) => Object.hasOwn(rows, name));
  const scopes = granted.map((model) => [model.name, scopeUnder(model, rows[model.name], count)]);
  const viewer: Viewer = { tenant: 'any', rows: Object.fromEntries(scopes), opensPersonal: true };
  return [
    ...ruled.flatMap((model) => readsOfTable(viewer, model, true)),
    ...queries.flatMap((query) => readsOfQuery(viewer, query)),
  ];
}

function scopeUnder(model: ReadModelTable, rule: unknown, count: number): RowScope {
  if (typeof rule !== 'object' || rule === null) return 'all';
  const columns = Object.keys(rule).map((column) => {
    const value = sampleValue(model, column);
    return [column, Array.from({ length: count }, () => value)];
  });
  return Object.fromEntries(columns);
}
