/**
 * The rows of a generation that leaves the shared checkpoint, as part of a batch: its dead letter and its own
 * checkpoint.
 */

import { errorText, stackText } from '../../core/failures/error-text.ts';
import { deadLetterId } from '../../core/plan/keys.ts';
import type { ParkedEvent } from '../../core/plan/plan-stream.ts';
import type { SetStatement } from './row-statements.ts';

/** A repeated failure of the same event counts an attempt and updates the error. */
const PARK = `
  INSERT INTO dead_letter (tenant, id, generation, stream, version, type, event, error, stack, attempts, status,
    parked_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value -> 6, value ->> 7,
    value ->> 8, 1, 'parked', value ->> 9
  FROM json_each(?) WHERE true
  ON CONFLICT (tenant, id) DO UPDATE SET error = excluded.error, stack = excluded.stack, status = 'parked',
    attempts = attempts + 1, parked_at = excluded.parked_at, resolved_at = NULL`;

/** A lagging generation already has its row, which its own move has updated. */
const FALL_OUT_OF_STEP = `
  INSERT INTO checkpoint (tenant, stream, projection, version)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?) WHERE true
  ON CONFLICT (tenant, stream, projection) DO NOTHING`;

/** The dead letters of events that generations cannot handle. */
export function deadLetterRows(parked: readonly ParkedEvent[], now: string): SetStatement {
  return { sql: PARK, rows: deadLetters(parked, now) };
}

/** The checkpoints of generations that begin to lag, each before the event that it cannot handle. */
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
