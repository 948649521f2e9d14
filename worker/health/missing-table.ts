/** The problem of a request that needs a table whose migration has not been applied. */

import type { Failure } from '../../core/aggregate/outcome.ts';
import type { App } from '../../core/app.ts';
import { explainFailure } from '../../core/failures/explain-failure.ts';
import { missingTableOf } from '../../core/failures/platform-error.ts';
import { definedGenerations } from '../../core/plan/projection-version.ts';
import { machineryTables } from '../d1/machinery-tables.ts';
import { physicalTables } from '../projections/row-statements.ts';

const RETRY_AFTER_SECONDS = 10;

/** Undefined for any other failure: a query for a table that no definition has is a bug. */
export function missingTable(app: App, error: unknown): Failure | undefined {
  const table = missingTableOf(error);
  const known = [...machineryTables(), ...definedGenerations(app).flatMap(physicalTables)];
  if (table === undefined || !known.includes(table)) return undefined;
  const { cause, remedy } = explainFailure(error);
  const detail = `${cause} ${remedy}`;
  return { outcome: 'unavailable', detail, retryAfterSeconds: RETRY_AFTER_SECONDS, cause, remedy };
}
