/** The rows of a generation that lags from now on, as part of a batch: the dead letter, and the checkpoint of its own. */

import { errorText, stackText } from '../../core/failures/error-text.ts';
import { deadLetterId } from '../../core/plan/keys.ts';
import type { ParkedEvent } from '../../core/plan/plan-stream.ts';
import type { SetStatement } from './row-statements.ts';

/** Again for the same event: one more attempt, with the newest error. */
const PARK = `
  INSERT INTO dead_letter (tenant, id, generation, stream, version, type, event, error, stack, attempts, status,
    parked_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value -> 6, value ->> 7,
    value ->> 8, 1, 'parked', value ->> 9
  FROM json_each(?) WHERE true
  ON CONFLICT (tenant, id) DO UPDATE SET error = excluded.error, stack = excluded.stack, status = 'parked',
    attempts = attempts + 1, parked_at = excluded.parked_at, resolved_at = NULL`;

/** A generation that lags already has its row; its own move brought it here. */
const FALL_OUT_OF_STEP = `
  INSERT INTO checkpoint (tenant, stream, projection, version)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?) WHERE true
  ON CONFLICT (tenant, stream, projection) DO NOTHING`;

/** The dead letters of events that generations cannot take. */
export function deadLetterRows(parked: readonly ParkedEvent[], now: string): SetStatement {
  return { sql: PARK, rows: deadLetters(parked, now) };
}

/** Checkpoints of their own for generations that lag from now on, each before the event that it cannot take now. */
export function laggingCheckpointRows(fallen: readonly ParkedEvent[]): SetStatement {
  const rows = fallen.map(({ generation, event: { tenant, stream, version } }) => [
    tenant,
    stream,
    generation,
    version - 1,
  ]);
  return { sql: FALL_OUT_OF_STEP, rows };
}

function deadLetters(parked: readonly ParkedEvent[], now: string): unknown[][] {
  return parked.map(({ generation, event, error }) => [
    event.tenant,
    deadLetterId(generation, event),
    generation,
    event.stream,
    event.version,
    event.type,
    event,
    errorText(error),
    stackText(error),
    now,
  ]);
}
