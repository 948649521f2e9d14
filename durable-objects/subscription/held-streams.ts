/**
 * The streams whose next event was not delivered, and their events, which wait behind it in order. A stream holds up no
 * other one.
 */
import type { HeldStream } from '../../core/operator-shapes/subscription.ts';
import {
  GIVEN_UP_AFTER_MS,
  retryDelayMs,
  type TargetAnswer,
} from '../../core/subscription/retry.ts';
import { utcText } from '../../core/values/time.ts';
import type { ObjectTables } from '../object-tables.ts';
import type { OutgoingEvent } from './stored-subscription.ts';

/** Ours, some 10 MB: with as many waiting the feed is read no further, and nothing is lost. */
const WAITING_MAX = 10_000;

export interface HeldCounts {
  readonly streams: number;
  readonly events: number;
  readonly parked: number;
}

interface HoldRow extends Record<string, SqlStorageValue> {
  attempts: number;
  failed_at: number | null;
}

interface ListedRow extends HoldRow {
  stream: string;
  id: string;
  events: number;
  next_at: number;
  parked_at: number | null;
  result: string | null;
}

const HOLD = `
  INSERT INTO hold (stream, attempts, next_at) VALUES (?, 0, ?) ON CONFLICT (stream) DO NOTHING`;

const WAIT = `
  INSERT INTO waiting (stream, position, id, body) VALUES (?, ?, ?, ?)
  ON CONFLICT (stream, position) DO NOTHING`;

const FAIL = `
  UPDATE hold SET attempts = ?2, failed_at = ?3, next_at = ?4, parked_at = ?5, result = ?6 WHERE stream = ?1`;

const LIST = `
  SELECT stream, attempts, failed_at, next_at, parked_at, result, (SELECT id FROM waiting WHERE stream = hold.stream ORDER BY position LIMIT 1) AS id,
    (SELECT count(*) FROM waiting WHERE stream = hold.stream) AS events
  FROM hold WHERE stream > ? ORDER BY stream LIMIT ?`;

const RELEASE = `
  UPDATE hold SET attempts = 0, failed_at = NULL, parked_at = NULL, next_at = ?1
  WHERE parked_at IS NOT NULL AND (?2 IS NULL OR stream = ?2) RETURNING stream`;

export class HeldStreams {
  readonly #tables: ObjectTables;

  constructor(tables: ObjectTables) {
    this.#tables = tables;
  }

  has(stream: string): boolean {
    return this.#rows('SELECT 1 FROM hold WHERE stream = ?', stream).length > 0;
  }

  /** Whether the feed may be read on. */
  get hasRoom(): boolean {
    const [row] = this.#rows<{ number: number }>('SELECT count(*) AS number FROM waiting');
    return (row?.number ?? 0) < WAITING_MAX;
  }

  /** The oldest first failure of an event that waits. */
  failedSinceMs(): number | null {
    return (
      this.#rows<{ at: number | null }>('SELECT min(failed_at) AS at FROM hold')[0]?.at ?? null
    );
  }

  counts(): HeldCounts {
    const [row] = this.#rows<{ streams: number; events: number; parked: number }>(
      'SELECT count(*) AS streams, count(parked_at) AS parked, (SELECT count(*) FROM waiting) AS events FROM hold',
    );
    return row ?? { streams: 0, events: 0, parked: 0 };
  }

  /** Those whose next attempt is due, the longest waiting first. */
  due(nowMs: number, limit: number): string[] {
    const rows = this.#rows<{ stream: string }>(
      'SELECT stream FROM hold WHERE parked_at IS NULL AND next_at <= ? ORDER BY next_at LIMIT ?',
      ...[nowMs, limit],
    );
    return rows.map(({ stream }) => stream);
  }

  /** When the next attempt of one of them is due. */
  nextMs(): number | undefined {
    const [row] = this.#rows<{ at: number | null }>(
      'SELECT min(next_at) AS at FROM hold WHERE parked_at IS NULL',
    );
    return row?.at ?? undefined;
  }

  next(stream: string): OutgoingEvent | undefined {
    const [row] = this.#rows<{ position: number; id: string; body: string }>(
      'SELECT position, id, body FROM waiting WHERE stream = ? ORDER BY position LIMIT 1',
      stream,
    );
    return row && { stream, position: row.position, id: row.id, text: row.body };
  }

  /** Puts events behind those of their stream that wait; one that waits already is left alone. */
  hold(stream: string, events: readonly OutgoingEvent[], nowMs: number): void {
    if (events.length === 0) return;
    this.#tables.write(HOLD, stream, nowMs);
    for (const { position, id, text } of events)
      this.#tables.write(WAIT, stream, position, id, text);
  }

  /** Its next event was not delivered; after three days it is parked. */
  failed(stream: string, event: string, answer: TargetAnswer, nowMs: number): void {
    const [row] = this.#rows<HoldRow>(
      'SELECT attempts, failed_at FROM hold WHERE stream = ?',
      stream,
    );
    const attempts = (row?.attempts ?? 0) + 1;
    const failedAt = row?.failed_at ?? nowMs;
    const nextAt = nowMs + retryDelayMs(event, attempts, answer);
    const parkedAt = nowMs - failedAt >= GIVEN_UP_AFTER_MS ? nowMs : null;
    this.#tables.write(FAIL, stream, attempts, failedAt, nextAt, parkedAt, answer.result);
  }

  /** Its next event was delivered, or left out: the one behind it is tried at once. */
  ended({ stream, position }: Pick<OutgoingEvent, 'stream' | 'position'>, nowMs: number): void {
    this.#tables.write('DELETE FROM waiting WHERE stream = ? AND position = ?', stream, position);
    if (!this.next(stream)) this.#tables.write('DELETE FROM hold WHERE stream = ?', stream);
    else this.#tables.write(FAIL, stream, 0, null, nowMs, null, null);
  }

  /** Tries parked streams again, one or all. Returns how many. */
  redrive(stream: string | null, nowMs: number): number {
    return this.#tables.write(RELEASE, nowMs, stream).toArray().length;
  }

  /** The target takes events again: what waits is tried now. */
  hurry(nowMs: number): void {
    this.#tables.write(
      'UPDATE hold SET next_at = ?1 WHERE parked_at IS NULL AND next_at > ?1',
      nowMs,
    );
  }

  page(after: string, limit: number): HeldStream[] {
    return this.#rows<ListedRow>(LIST, after, limit).map((row) => ({
      ...{ stream: row.stream, event: row.id, events: row.events, attempts: row.attempts },
      failedAt: timeOf(row.failed_at),
      nextAttemptAt: row.parked_at === null ? utcText(row.next_at) : null,
      parkedAt: timeOf(row.parked_at),
      // As `failed` has written it.
      result: row.result as HeldStream['result'],
    }));
  }

  #rows<Row extends Record<string, SqlStorageValue>>(
    sql: string,
    ...values: SqlStorageValue[]
  ): Row[] {
    const { isStored, isErased, sql: storage } = this.#tables;
    return isStored && !isErased ? storage.exec<Row>(sql, ...values).toArray() : [];
  }
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : utcText(ms);
}
