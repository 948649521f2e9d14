/** Reads of every row of the tenant that are not declared, and declarations of those that read fewer. */
import type { DatabaseSync } from 'node:sqlite';
import { getTableName } from 'drizzle-orm';
import type { Projection } from '../../../core/projection/projection.ts';
import type { NamedQuery } from '../../../core/projection/projection-query.ts';
import type { ReadModelTable } from '../../../core/projection/table.ts';
import { type DeclaredRead, readsOfQuery, readsOfTable } from './declared-reads.ts';
import { endsAtLimit, isNarrowed, type Plan, planOf } from './read-plan.ts';

/** Without a rule. */
const viewer = { tenant: 'any', rows: 'all', opensPersonal: true } as const;

type ScanOf = (read: DeclaredRead) => Plan | undefined;

export function scanFaults(database: DatabaseSync, { tables, queries }: Projection): string[] {
  const names = tables.map(({ table }) => getTableName(table));
  const scanOf: ScanOf = ({ kind, statements }) =>
    statements
      .map((statement) => planOf(database, statement, names))
      .find((plan) => !isNarrowed(plan) && (kind === 'filters' || !endsAtLimit(plan)));
  return [
    ...tables.flatMap((model) =>
      readsOfTable(viewer, model).flatMap((read) => columnFault(model, read, scanOf(read)) ?? []),
    ),
    ...queries.flatMap((query) => queryFault(query, scanOf) ?? []),
  ];
}

function columnFault(
  { name: table, definition }: ReadModelTable,
  { kind, name }: DeclaredRead,
  scan: Plan | undefined,
): string | undefined {
  if (kind === 'query') return undefined;
  if (kind === 'key') {
    return (
      scan && `The key ${name} of the table ${table} reads every row of a tenant (${scan.text}).`
    );
  }
  const isDeclared = definition.scans[kind].includes(name);
  const what = `The ${kind === 'filters' ? 'filter' : 'sort'} ${name} of the table ${table}`;
  if (scan && !isDeclared) {
    return `${what} reads every row of a tenant (${scan.text}). Add indexes: [['${name}']] to the table, in a new version of its projection, or declare it: ${kind}: [{ column: '${name}', scan: true }].`;
  }
  if (!scan && isDeclared) return `${what} is served by an index: take its scan: true out.`;
  return undefined;
}

function queryFault(query: NamedQuery, scanOf: ScanOf): string | undefined {
  const scan = readsOfQuery(viewer, query).map(scanOf).find(Boolean);
  const what = `The query ${query.name}`;
  if (scan && !query.scan) {
    return `${what} reads every row of a tenant (${scan.text}). Compare or sort by the first column of the key or of one of indexes: [['…']], or declare it: .query('${query.name}', …, { scan: true }).`;
  }
  if (!scan && query.scan) return `${what} is served by an index: take its { scan: true } out.`;
  return undefined;
}
