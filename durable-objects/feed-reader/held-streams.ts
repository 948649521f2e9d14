/**
 * The streams whose next event has failed, and their events, which wait behind it in order. A stream holds up no other
 * one.
 */
import { utcText } from '../../core/values/time.ts';
import type { ObjectTables } from '../object-tables.ts';
import type { OutgoingEvent } from './feed-page.ts';

/** A part of the schema of an object that holds streams. */
export const HELD_TABLES = `
  CREATE TABLE hold (
    stream TEXT PRIMARY KEY,
    attempts INTEGER NOT NULL, -- the failed ones of its next event
    failed_at INTEGER, -- the first of them
    next_at INTEGER NOT NULL,
    parked_at INTEGER,
    result TEXT -- of the last one
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE waiting (
    stream TEXT NOT NULL,
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (stream, position)
  ) STRICT, WITHOUT ROWID;
`;

/** Ours, some 10 MB: with as many waiting the feed is read no further, and nothing is lost. */
const WAITING_MAX = 10_000;

/** A held stream as it is listed. */
export interface ListedHold {
  readonly stream: string;
  readonly event: string;
  readonly events: number;
  readonly attempts: number;
  readonly failedAt: string | null;
  readonly nextAttemptAt: string | null;
  readonly parkedAt: string | null;
  readonly result: string | null;
}

/** What follows from a failed attempt. */
export interface FailedAttempt {
  readonly result: string;
  readonly nextAtMs: number;
  /** It is given up on. */
  readonly isParked: boolean;
}

/** The failed attempts of an event, the last one included, and when the first one was. */
export type AfterAttempt = (attempts: number, failedAtMs: number) => FailedAttempt;

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

  /** When the next attempt of one of them is due, of those after a time. */
  nextMs(afterMs = 0): number | undefined {
    const [row] = this.#rows<{ at: number | null }>(
      'SELECT min(next_at) AS at FROM hold WHERE parked_at IS NULL AND next_at > ?',
      afterMs,
    );
    return row?.at ?? undefined;
  }

  next(stream: string): OutgoingEvent | undefined {
    return this.waiting(stream, 1)[0];
  }

  /** The first events of a stream. */
  waiting(stream: string, limit: number): OutgoingEvent[] {
    const rows = this.#rows<{ position: number; id: string; body: string }>(
      'SELECT position, id, body FROM waiting WHERE stream = ? ORDER BY position LIMIT ?',
      ...[stream, limit],
    );
    return rows.map(({ position, id, body }) => ({ stream, position, id, text: body }));
  }

  /** Failed attempts of the stream's next event. */
  attempts(stream: string): number {
    return this.#holdOf(stream)?.attempts ?? 0;
  }

  /** Puts events behind those of their stream that wait; one that waits already is left alone. */
  hold(stream: string, events: readonly OutgoingEvent[], nowMs: number): void {
    if (events.length === 0) return;
    this.#tables.write(HOLD, stream, nowMs);
    for (const { position, id, text } of events)
      this.#tables.write(WAIT, stream, position, id, text);
  }

  /** An attempt of its next event has failed. */
  failed(stream: string, nowMs: number, after: AfterAttempt): void {
    const row = this.#holdOf(stream);
    const attempts = (row?.attempts ?? 0) + 1;
    const failedAt = row?.failed_at ?? nowMs;
    const { result, nextAtMs, isParked } = after(attempts, failedAt);
    this.#tables.write(
      FAIL,
      ...[stream, attempts, failedAt, nextAtMs, isParked ? nowMs : null, result],
    );
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

  /**
   * D1 was restored: what the feed had behind a position comes again, at other positions. It would be mistaken for what
   * waits there.
   */
  forgetBehind(position: number): void {
    if (this.counts().streams === 0) return;
    this.#tables.write('DELETE FROM waiting WHERE position > ?', position);
    this.#tables.write('DELETE FROM hold WHERE stream NOT IN (SELECT stream FROM waiting)');
  }

  /** What waits is tried now. */
  hurry(nowMs: number): void {
    this.#tables.write(
      'UPDATE hold SET next_at = ?1 WHERE parked_at IS NULL AND next_at > ?1',
      nowMs,
    );
  }

  page(after: string, limit: number): ListedHold[] {
    return this.#rows<ListedRow>(LIST, after, limit).map((row) => ({
      ...{ stream: row.stream, event: row.id, events: row.events, attempts: row.attempts },
      failedAt: timeOf(row.failed_at),
      nextAttemptAt: row.parked_at === null ? utcText(row.next_at) : null,
      parkedAt: timeOf(row.parked_at),
      result: row.result,
    }));
  }

  #holdOf(stream: string): HoldRow | undefined {
    return this.#rows<HoldRow>('SELECT attempts, failed_at FROM hold WHERE stream = ?', stream)[0];
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
