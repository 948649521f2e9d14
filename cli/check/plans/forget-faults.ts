/** Tables whose rows of a forgotten subject are not found by an index: its forgetting would read every row of the tenant. */
import type { DatabaseSync } from 'node:sqlite';
import { commandText } from '../../../core/package-name.ts';
import { openTablesOf } from '../../../core/plan/open-tables.ts';
import type { Projection } from '../../../core/projection/projection.ts';
import { forgetSql } from '../../../worker/projections/forget-sql.ts';
import { isNarrowed, planOf } from './read-plan.ts';

export function forgetFaults(database: DatabaseSync, projection: Projection): string[] {
  return openTablesOf(projection).flatMap((open) => {
    const statement = { sql: forgetSql(open), params: ['any', '["any"]'] };
    const plan = planOf(database, statement, [open.table]);
    if (isNarrowed(plan)) return [];
    return `Forgetting ${open.subject} of the table ${open.table} reads every row of a tenant (${plan.text}). Its index is missing: run \`${commandText('migrations')}\`.`;
  });
}
