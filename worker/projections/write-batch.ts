/**
 * Writes the plans of many streams as ONE D1 batch, atomically: journal, public events, checkpoints, dead letters, row
 * changes.
 */

import type { Watch } from '../../core/live/watch.ts';
import { deadLetterIdSql } from '../../core/plan/keys.ts';
import { type BatchPlan, journalOf } from '../../core/plan/plan-batch.ts';
import {
  type CheckpointMove,
  SHARED_CHECKPOINT,
  type StreamPlan,
} from '../../core/plan/plan-stream.ts';
import { jsonArrays } from '../../core/values/json-arrays.ts';
import { isResidentSql } from '../d1/resident-sql.ts';
import { type BatchOutcome, runD1Batch } from '../d1/run-d1-batch.ts';
import { appendToJournal } from '../journal/write-journal.ts';
import { readWatches, watchesFrom } from '../notifications/registrations.ts';
import { assertSubjects, type ReadSubject } from '../personal/storable-keys.ts';
import { appendToPublications, publishedFeeds } from '../publications/write-publications.ts';
import type { PublishedFeed } from '../wake-ups/wake-subscriptions.ts';
import { deadLetterRows, laggingCheckpointRows } from './dead-letter-rows.ts';
import { type ForgottenSubject, forgottenCopies } from './forgotten-copies.ts';
import { rowStatements, type SetStatement } from './row-statements.ts';

/**
 * Compare and set: if the stored version, the stream's lagging checkpoints or the serving set differ from what was
 * read, a build has closed its door (worker/projections/versions/build-door), or the tenant has no data here
 * (worker/tenants/residence), the new value is NULL, the column's NOT NULL
 * refuses it and the whole batch rolls back. A missing row counts as version 0, so that it is compared too.
 */
const MOVE_CHECKPOINTS = `
  INSERT INTO checkpoint (tenant, stream, projection, version, event_id)
  SELECT step.value ->> 0, step.value ->> 1, step.value ->> 2, CASE WHEN
      coalesce((SELECT version FROM checkpoint WHERE tenant = step.value ->> 0 AND stream = step.value ->> 1
        AND projection = step.value ->> 2), 0) = step.value ->> 3
      AND (step.value ->> 2 <> '' OR (SELECT group_concat(projection, ' ' ORDER BY projection) FROM checkpoint
        WHERE tenant = step.value ->> 0 AND stream = step.value ->> 1 AND projection <> '') IS step.value ->> 5)
      AND coalesce((SELECT revision FROM serving_set), 0) = step.value ->> 6
      AND NOT EXISTS (SELECT 1 FROM serving_set WHERE closing_until > unixepoch('subsec'))
      AND ${isResidentSql('step.value ->> 0')}
    THEN step.value ->> 4 END, step.value ->> 7
  FROM json_each(?) AS step WHERE true
  ON CONFLICT (tenant, stream, projection) DO UPDATE SET version = excluded.version,
    event_id = coalesce(nullif(excluded.event_id, ''), event_id)`;

/**
 * Removes the checkpoints of generations that have reached the shared one: other batches see that in their comparison.
 */
const REJOIN = `
  DELETE FROM checkpoint WHERE (tenant, stream, projection, version) IN (
    SELECT own.tenant, own.stream, own.projection, shared.version
    FROM json_each(?) AS step
    JOIN checkpoint AS own ON own.tenant = step.value ->> 0 AND own.stream = step.value ->> 1
      AND own.projection = step.value ->> 2
    JOIN checkpoint AS shared ON shared.tenant = own.tenant AND shared.stream = own.stream AND shared.projection = '')`;

const RESOLVE = `
  UPDATE dead_letter SET status = 'redriven', resolved_at = step.value ->> 5
  FROM json_each(?) AS step
  WHERE tenant = step.value ->> 0 AND status = 'redriving'
    AND dead_letter.id = ${deadLetterIdSql('step.value ->> 2', 'step.value ->> 1', '(step.value ->> 3) + 1')}`;

export type PlanOutcome =
  /** With the watches of the time when it was written, and the bookmark from which a session has the rows. */
  | {
      readonly outcome: 'written';
      readonly watches: readonly Watch[];
      readonly bookmark: string | null;
      /** What it has published. */
      readonly feeds: readonly PublishedFeed[];
    }
  | Exclude<BatchOutcome, { readonly outcome: 'written' }>;

/** What the events of a batch mean for personal data. */
export interface PersonalWrites {
  /** The subjects whose values the rows have plain. */
  readonly subjects: readonly ReadSubject[];
  readonly forgotten: readonly ForgottenSubject[];
  /** What forgets them in rows. */
  readonly forgetting: readonly D1PreparedStatement[];
}

/** @throws as `runD1Batch` */
export async function writeBatch(
  database: D1Database,
  plan: BatchPlan,
  { subjects, forgotten, forgetting }: PersonalWrites,
  { revision, now }: { readonly revision: number; readonly now: string },
): Promise<PlanOutcome> {
  const moves = plan.steps.flatMap((step) => step.moves.map((move) => ({ step, move })));
  const lagging = moves.filter(
    ({ move }) => move.generation !== SHARED_CHECKPOINT && move.next > move.read,
  );
  const caughtUp = lagging.map(({ step, move }) => [...place(step, move), move.read, move.next]);
  const parked = plan.steps.flatMap((step) => step.parked);
  const stalled = plan.steps.flatMap((step) => step.stalled);
  const tenants = plan.steps.map(({ position }) => position.tenant);
  const events = journalOf(plan);
  const published = moves.flatMap(({ move }) => move.published);
  const moved = moves.map(({ step, move }) => [
    ...place(step, move),
    move.read,
    move.next,
    laggingRowsOf(step),
    revision,
    move.journal.at(-1)?.id ?? '',
  ]);
  const session = database.withSession('first-primary');
  const before = [
    // Subjects and checkpoints first: a batch that lost its race fails before it writes a page of the journal.
    ...assertSubjects(database, subjects),
    ...prepare(database, [{ sql: MOVE_CHECKPOINTS, rows: moved }]),
    ...appendToJournal(database, events),
  ];
  const publishing = appendToPublications(database, published);
  const batch = await runD1Batch(session, [
    ...before,
    ...publishing,
    ...prepare(database, [
      { sql: RESOLVE, rows: caughtUp.map((row) => [...row, now]) },
      deadLetterRows(parked, now),
      laggingCheckpointRows([...parked, ...stalled]),
      forgottenCopies(forgotten),
      { sql: REJOIN, rows: caughtUp },
    ]),
    // Before the rows, which have what was sealed with a newer key.
    ...forgetting,
    ...prepare(
      database,
      plan.layers.flatMap((layer) => rowStatements(layer)),
    ),
    // In the same batch: a live query that registers later reads the written rows.
    readWatches(database, tenants),
  ]);
  if (batch.outcome !== 'written') return batch;
  const watches = watchesFrom(batch.results.at(-1));
  const pages = batch.results.slice(before.length, before.length + publishing.length);
  const feeds = publishedFeeds(pages);
  return { outcome: 'written', watches, bookmark: session.getBookmark(), feeds };
}

function place(
  { position: { tenant, stream } }: StreamPlan,
  { generation }: CheckpointMove,
): string[] {
  return [tenant, stream, generation];
}

/** In the form of the SQL aggregate: no row is NULL. */
function laggingRowsOf({ position: { lagging } }: StreamPlan): string | null {
  const names = lagging.map(({ generation }) => generation).sort();
  return names.length === 0 ? null : names.join(' ');
}

/** One statement per bound value that the rows need; none without rows. */
export function prepare(
  database: D1Database,
  statements: readonly SetStatement[],
): D1PreparedStatement[] {
  return statements.flatMap(({ sql, rows }) => {
    const prepared = database.prepare(sql);
    return jsonArrays(rows).map((value) => prepared.bind(value));
  });
}
