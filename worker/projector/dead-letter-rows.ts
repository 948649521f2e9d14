/** The rows of a dead letter, as part of somebody's batch: with the checkpoint that falls out of step, or alone. */
import type { Parking } from '../../core/advance.ts';
import { deadLetterId } from '../../core/dead-letter.ts';
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

/** A generation that is out of step already has this row; its own move brought it here. */
const FALL_OUT_OF_STEP = `
  INSERT INTO checkpoint (tenant, stream, projection, version)
  SELECT value ->> 0, value ->> 3, value ->> 2, value ->> 4 - 1 FROM json_each(?) WHERE true
  ON CONFLICT (tenant, stream, projection) DO NOTHING`;

const ERROR_CHARACTERS_MAX = 2_000;
const STACK_CHARACTERS_MAX = 8_000;

/** Holds generations back on streams, each at the event that it cannot take. */
export function parkRows(parked: readonly Parking[], now: string): SetStatement[] {
  const rows = deadLetters(parked, now);
  return [
    { sql: PARK, rows },
    { sql: FALL_OUT_OF_STEP, rows: rows.map((row) => row.toSpliced(5)) },
  ];
}

/** The dead letters alone. */
export function deadLetterRows(parked: readonly Parking[], now: string): SetStatement {
  return { sql: PARK, rows: deadLetters(parked, now) };
}

function deadLetters(parked: readonly Parking[], now: string): unknown[][] {
  return parked.map(({ generation, event, error }) => [
    event.tenant,
    deadLetterId(generation, event),
    generation,
    event.stream,
    event.version,
    event.type,
    event,
    String(error).slice(0, ERROR_CHARACTERS_MAX),
    (error instanceof Error ? (error.stack ?? '') : '').slice(0, STACK_CHARACTERS_MAX),
    now,
  ]);
}
