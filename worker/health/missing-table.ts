/** The problem of a request that met a table that a migration would have made. */
import type { App } from '../../core/app.ts';
import { explainFailure } from '../../core/explain-failure.ts';
import { definedGenerations } from '../../core/generation.ts';
import type { Failure } from '../../core/outcome.ts';
import { missingTableOf } from '../../core/platform-error.ts';
import { machineryTables } from '../projector/machinery-tables.ts';
import { physicalTables } from '../projector/row-statements.ts';

const RETRY_AFTER_SECONDS = 10;

/** Undefined for any other failure: a query that names a table of no definition is a bug of its own. */
export function missingTable(app: App, error: unknown): Failure | undefined {
  const table = missingTableOf(error);
  const known = [...machineryTables(), ...definedGenerations(app).flatMap(physicalTables)];
  if (table === undefined || !known.includes(table)) return undefined;
  const { cause, remedy } = explainFailure(error);
  const detail = `${cause} ${remedy}`;
  return { outcome: 'unavailable', detail, retryAfterSeconds: RETRY_AFTER_SECONDS, cause, remedy };
}
