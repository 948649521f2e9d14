/** Runs a named query for a tenant. Called by the query route and, later, by whoever pushes its changes. */
import { drizzle } from 'drizzle-orm/d1';
import type { NamedQuery } from '../../core/projection.ts';
import type { RowObject } from './list-rows.ts';

/** `input` has passed the query's schema. */
export async function runQuery(
  database: D1Database,
  tenant: string,
  query: NamedQuery,
  input: unknown,
): Promise<readonly RowObject[]> {
  const rows = await query.build(drizzle(database), tenant, input);
  return rows.map((row) => ({ ...Object(row) }));
}
