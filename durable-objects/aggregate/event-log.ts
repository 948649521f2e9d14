/**
 * The events of one aggregate in its object's SQLite. Everything is synchronous: no await can come between a read and
 * the write that relies on it.
 */

import { EVENT_ENVELOPE_BYTES, type StoredEvent } from '../../core/aggregate/event.ts';
import { type StreamAddress, streamName } from '../../core/aggregate/stream.ts';
import { firstWithinBytes, PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import { arraysOf } from '../../core/values/json-arrays.ts';
import {
  type AppendedEvent,
  EVENT_COLUMNS,
  type EventRow,
  INSERT_EVENTS,
  storedEvent,
  writtenRow,
} from './event-rows.ts';
import type { AggregateTables } from './schema.ts';

/** Where the log ends. */
export interface Head {
  /** 0 when nothing was ever appended. */
  readonly version: number;
  readonly recordedAtMs: number;
}

export interface EventRange {
  readonly after: number;
  /** Inclusive; left out: the stream's end. */
  readonly upTo?: number;
  readonly limit: number;
  /** Left out, and at most: PAGE_BYTES_MAX. */
  readonly bytesMax?: number;
  readonly direction?: 'forwards' | 'backwards';
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Whether the range has events beyond the page. A page may end before its limit: see PAGE_BYTES_MAX. */
  readonly more: boolean;
}

/** What folding needs of an event. */
export type FoldedFact = Pick<StoredEvent, 'version' | 'type' | 'schemaVersion' | 'data'>;

const NOTHING: Head = { version: 0, recordedAtMs: 0 };

/** Of the stored event: its columns of variable length and its envelope. */
const BYTES = `octet_length(data) + coalesce(octet_length(origin), 0) + ${EVENT_ENVELOPE_BYTES}`;

/** Of one page of history. Ours. */
const HISTORY_BYTES_MAX = 1_000_000;

/** Null where even the first event takes more: then it is a page of its own. Versions are dense. */
const LAST_OF_PAGE = `
  SELECT max(version) AS last FROM (
    SELECT version, sum(${BYTES}) OVER (ORDER BY version) AS bytes FROM event WHERE version > ? AND version <= ?)
  WHERE bytes <= ${HISTORY_BYTES_MAX}`;

/** Each fact is JSON text already: what is stored need not be parsed to be sent. */
const SELECT_FACTS = `
  SELECT group_concat(
    '[' || version || ',' || json_quote(type) || ',' || schema_version || ',' || data || ']', ',' ORDER BY version
  ) AS facts
  FROM event WHERE version > ? AND version <= ? AND coalesce(occurred_at, recorded_at) <= ?`;

export class EventLog {
  readonly stream: string;
  readonly #tenant: string;
  readonly #tables: AggregateTables;
  readonly #sql: SqlStorage;
  #confirmed: number | undefined;

  constructor(tables: AggregateTables, address: StreamAddress) {
    this.#tables = tables;
    this.#sql = tables.sql;
    this.#tenant = address.tenant;
    this.stream = streamName(address);
  }

  /**
   * The one storage read of every command and every state read. The platform checks on storage access that this
   * instance is still the only one, so a stale instance fails here instead of answering.
   */
  head(): Head {
    if (!this.isStored) {
      this.#tables.refresh();
      return NOTHING;
    }
    const [row] = this.#sql
      .exec<{ version: number; recorded_at: number }>(
        'SELECT version, recorded_at FROM event ORDER BY version DESC LIMIT 1',
      )
      .toArray();
    return row ? { version: row.version, recordedAtMs: row.recorded_at } : NOTHING;
  }

  /** @throws when another instance of the object has taken over: any read of the storage finds that out */
  assertCurrentInstance(): void {
    this.head();
  }

  /** What happened after the first version, up to and including the second. To be used up at once. */
  factsBetween(after: number, upTo: number): Iterable<FoldedFact> {
    return this.#facts('version > ? AND version <= ?', after, upTo);
  }

  /**
   * The first facts of a range, as JSON, that fit into a page of history, and the version that the page goes up to.
   * `occurredByMs` leaves out what had not happened in the world by then.
   */
  factPage(
    { after, upTo }: { readonly after: number; readonly upTo: number },
    eventsMax: number,
    occurredByMs = Number.MAX_SAFE_INTEGER,
  ): { readonly facts: string; readonly after: number } {
    if (after >= upTo) return { facts: '[]', after };
    const end = Math.min(after + eventsMax, upTo);
    const isWhole = this.bytesBetween(after, end) <= HISTORY_BYTES_MAX;
    const last = isWhole ? end : this.#lastOfPage(after, end);
    const page = [after, last, occurredByMs] as const;
    const { facts } = this.#sql.exec<{ facts: string | null }>(SELECT_FACTS, ...page).one();
    return { facts: `[${facts ?? ''}]`, after: last };
  }

  #lastOfPage(after: number, end: number): number {
    const { last } = this.#sql.exec<{ last: number | null }>(LAST_OF_PAGE, after, end).one();
    return last ?? after + 1;
  }

  /** The version that a stream was at: recorded times never go back, so the last one can be searched by halves. */
  versionRecordedBy(timeMs: number): number {
    let [known, beyond] = [0, this.head().version + 1];
    while (beyond - known > 1) {
      const middle = Math.floor((known + beyond) / 2);
      if ((this.recordedAtMs(middle) ?? 0) <= timeMs) known = middle;
      else beyond = middle;
    }
    return known;
  }

  /**
   * At most `limit` events that fit into a page. Their sizes are read first: a cursor that is left before its end would
   * stay open.
   */
  page({
    after,
    upTo = Number.MAX_SAFE_INTEGER,
    limit,
    bytesMax,
    direction,
  }: EventRange): EventPage {
    if (!this.isStored) return { events: [], more: false };
    const isBackwards = direction === 'backwards';
    const [comes, order] = isBackwards ? ['<', 'DESC'] : ['>', 'ASC'];
    const wanted = `version ${comes} ? AND version <= ? ORDER BY version ${order}`;
    const found = this.#sizes(wanted, after, upTo, limit + 1);
    const mostBytes = Math.min(bytesMax ?? PAGE_BYTES_MAX, PAGE_BYTES_MAX);
    const taken = firstWithinBytes(found.slice(0, limit), ([, bytes]) => bytes, mostBytes);
    const versions = [taken.at(0)?.[0] ?? 0, taken.at(-1)?.[0] ?? 0];
    const events = this.eventsBetween(Math.min(...versions) - 1, Math.max(...versions));
    if (isBackwards) events.reverse();
    return { events, more: taken.length < found.length };
  }

  /** The events after the first version, up to and including the second, whatever they take. */
  eventsBetween(after: number, upTo: number): StoredEvent[] {
    return this.#sql
      .exec<EventRow>(
        `SELECT ${EVENT_COLUMNS} FROM event WHERE version > ? AND version <= ? ORDER BY version`,
        ...[after, upTo],
      )
      .toArray()
      .map((row) => storedEvent(this.#tenant, this.stream, row));
  }

  /** What the events after the first version take, up to and including the second. */
  bytesBetween(after: number, upTo: number): number {
    const { bytes } = this.#sql
      .exec<{ bytes: number }>(
        `SELECT coalesce(sum(${BYTES}), 0) AS bytes FROM event WHERE version > ? AND version <= ?`,
        ...[after, upTo],
      )
      .one();
    return bytes;
  }

  recordedAtMs(version: number): number | undefined {
    if (!this.isStored) return undefined;
    return this.#sql
      .exec<{ recorded_at: number }>('SELECT recorded_at FROM event WHERE version = ?', version)
      .toArray()[0]?.recorded_at;
  }

  append(events: readonly AppendedEvent[]): void {
    for (const rows of arraysOf(events.map(writtenRow))) this.#tables.write(INSERT_EVENTS, rows);
  }

  /** Whether anything was ever written. */
  get isStored(): boolean {
    return this.#tables.isStored;
  }

  /** Up to here the journal and every projection are known to have the events. Read once, then remembered. */
  confirmedVersion(): number {
    this.#confirmed ??= this.#storedConfirmation();
    return this.#confirmed;
  }

  confirm(version: number): void {
    this.#tables.write('UPDATE object SET confirmed_version = ?', version);
    this.#confirmed = version;
  }

  #storedConfirmation(): number {
    if (!this.isStored) return 0;
    return this.#sql
      .exec<{ version: number }>('SELECT confirmed_version AS version FROM object')
      .one().version;
  }

  /** A rollback, and a deletion, may take with it what was remembered. */
  afterRollback(): void {
    this.#confirmed = undefined;
  }

  /** The versions of events and their bytes, which SQLite counts without reading the data. */
  #sizes(wanted: string, ...values: number[]): [version: number, bytes: number][] {
    const found = `SELECT version, ${BYTES} FROM event WHERE ${wanted} LIMIT ?`;
    return [...this.#sql.exec(found, ...values).raw<[number, number]>()];
  }

  *#facts(condition: string, ...values: number[]): Generator<FoldedFact> {
    if (!this.isStored) return;
    const query = `SELECT version, type, schema_version, data FROM event WHERE ${condition} ORDER BY version`;
    // Arrays come out of the database in two thirds of the time that objects take.
    const rows = this.#sql.exec(query, ...values).raw<[number, string, number, string]>();
    for (const [version, type, schemaVersion, data] of rows) {
      yield { version, type, schemaVersion, data: JSON.parse(data) };
    }
  }
}
