/**
 * Writes a planned step of many streams as ONE D1 batch: journal, checkpoints, row changes; all of it or nothing.
 * Called by advance. Says whether a race was lost, a row was refused, or D1 was in trouble.
 */
import type { BatchPlan } from '../../core/advance.ts';
import { rowStatements, type SetStatement } from './row-statements.ts';

/** Data and metadata stay JSON (`->`): as strings within JSON they would be escaped to almost twice their size. */
const WRITE_JOURNAL = `
  INSERT INTO journal (tenant, stream, version, id, type, schema_version, data, recorded_at, occurred_at, metadata)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value -> 6, value ->> 7,
    value ->> 8, value -> 9
  FROM json_each(?) ORDER BY key`;

/**
 * Compare and set: when the stored version is not the one that was read, the new value is NULL, the column's NOT NULL
 * refuses it and the whole batch rolls back. A missing row counts as version 0, so it is compared too.
 */
const MOVE_CHECKPOINTS = `
  INSERT INTO checkpoint (tenant, stream, projection, version)
  SELECT step.value ->> 0, step.value ->> 1, '', CASE WHEN coalesce((
      SELECT version FROM checkpoint
      WHERE tenant = step.value ->> 0 AND stream = step.value ->> 1 AND projection = ''), 0) = step.value ->> 2
    THEN step.value ->> 3 END
  FROM json_each(?) AS step WHERE true
  ON CONFLICT (tenant, stream, projection) DO UPDATE SET version = excluded.version`;

const LOST_RACE = /NOT NULL constraint failed: checkpoint\.version/;
const REFUSED = /SQLITE_CONSTRAINT|SQLITE_MISMATCH|SQLITE_TOOBIG/;

/** D1 takes 2 MB a bound value; statements with more rows than that are cut. */
const BOUND_CHARACTERS_MAX = 600_000;

export type Written = 'written' | 'lost-race' | { readonly refused: unknown };

/** @throws whatever D1 says when it is in trouble: nothing was decided, the whole may be tried again */
export async function writeBatch(database: D1Database, plan: BatchPlan): Promise<Written> {
  if (plan.steps.length === 0) return 'written';
  const statements = [
    journalRows(plan),
    checkpointRows(plan),
    ...plan.layers.flatMap(rowStatements),
  ];
  const prepared = statements.flatMap(({ sql, rows }) =>
    boundValues(rows).map((value) => database.prepare(sql).bind(value)),
  );
  try {
    await database.batch(prepared);
    return 'written';
  } catch (error) {
    return verdict(error);
  }
}

/** D1 errors carry no code, only text with SQLite's own. */
function verdict(error: unknown): Written {
  const message = String(error);
  if (LOST_RACE.test(message)) return 'lost-race';
  if (REFUSED.test(message)) return { refused: error };
  throw error;
}

function journalRows({ journal }: BatchPlan): SetStatement {
  const rows = journal.map((event) => [
    event.tenant,
    event.stream,
    event.version,
    event.id,
    event.type,
    event.schemaVersion,
    event.data,
    event.recordedAt,
    event.occurredAt,
    event.metadata,
  ]);
  return { sql: WRITE_JOURNAL, rows };
}

function checkpointRows({ steps }: BatchPlan): SetStatement {
  const rows = steps.map(({ tenant, stream, read, next }) => [tenant, stream, read, next]);
  return { sql: MOVE_CHECKPOINTS, rows };
}

/** The rows as JSON arrays, in as few as the limit on a bound value allows. */
function boundValues(rows: readonly (readonly unknown[])[]): string[] {
  if (rows.length === 0) return [];
  const chunks: string[][] = [[]];
  let characters = 0;
  for (const row of rows) {
    const text = JSON.stringify(row);
    if (characters + text.length > BOUND_CHARACTERS_MAX && characters > 0) {
      chunks.push([]);
      characters = 0;
    }
    chunks.at(-1)?.push(text);
    characters += text.length;
  }
  return chunks.map((chunk) => `[${chunk.join(',')}]`);
}
