/**
 * The events of one aggregate in its object's SQLite. Everything is synchronous, so that no await separates a read from
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
  eventValues,
  INSERT_EVENT,
  INSERT_EVENTS,
  storedEvent,
  writtenRow,
} from './event-rows.ts';
import type { AggregateTables } from './schema.ts';

/** The end of the log. */
export interface Head {
  /** 0 for an empty log. */
  readonly version: number;
  readonly recordedAtMs: number;
  /** Of its event; empty for an empty log. */
  readonly id: string;
  /** The same. */
  readonly type: string;
}

export interface EventRange {
  readonly after: number;
  /** Inclusive; left out: the stream's end. */
  readonly upTo?: number;
  readonly limit: number;
  /** Default and maximum: PAGE_BYTES_MAX. */
  readonly bytesMax?: number;
  readonly direction?: 'forwards' | 'backwards';
  /** The id that the event at `after` has in the journal: an object with another one was restored, and fails the read. */
  readonly follows?: string;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Whether the range has events after the page, which may end before its limit: see PAGE_BYTES_MAX. */
  readonly more: boolean;
}

/** A page, and whether the stream has ended. */
export interface StreamEventPage extends EventPage {
  readonly ended?: true;
}

/** Events with the bytes that they take. */
export interface SizedEvents {
  readonly events: readonly StoredEvent[];
  readonly bytes: number;
}

/** What folding needs of an event. */
export type FoldedFact = Pick<StoredEvent, 'version' | 'type' | 'schemaVersion' | 'data'>;

const NOTHING: Head = { version: 0, recordedAtMs: 0, id: '', type: '' };

/** The size of a stored event: its columns of variable length and its envelope. */
const BYTES = `octet_length(data) + coalesce(octet_length(origin), 0) + ${EVENT_ENVELOPE_BYTES}`;

const SELECT_WITHIN = `
  SELECT ${EVENT_COLUMNS}, total FROM event,
    (SELECT sum(${BYTES}) AS total FROM event WHERE version > ?1 AND version <= ?2)
  WHERE version > ?1 AND version <= ?2 AND total <= ?3 ORDER BY version`;

/** Our limit on a page of history. */
const HISTORY_BYTES_MAX = 1_000_000;

/** Null if the first event alone is larger: it then gets a page of its own. Versions have no gaps. */
const LAST_OF_PAGE = `
  SELECT max(version) AS last FROM (
    SELECT version, sum(${BYTES}) OVER (ORDER BY version) AS bytes FROM event WHERE version > ? AND version <= ?)
  WHERE bytes <= ${HISTORY_BYTES_MAX}`;

/** Returns each fact as JSON text, so that stored data is sent without parsing. */
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
  #settled = 0;

  constructor(tables: AggregateTables, address: StreamAddress) {
    this.#tables = tables;
    this.#sql = tables.sql;
    this.#tenant = address.tenant;
    this.stream = streamName(address);
  }

  /**
   * The storage read of every command and every state read. On storage access the platform checks that this instance is
   * still the only one, so that a stale instance fails here.
   */
  head(): Head {
    if (!this.isStored) {
      this.#tables.refresh();
      return NOTHING;
    }
    const [row] = this.#sql
      .exec<{ version: number; recorded_at: number; id: string; type: string }>(
        'SELECT version, recorded_at, id, type FROM event ORDER BY version DESC LIMIT 1',
      )
      .toArray();
    if (!row) return NOTHING;
    const { version, recorded_at: recordedAtMs, id, type } = row;
    return { version, recordedAtMs, id, type };
  }

  /** Whether the log goes up to a version, with this event there, if an id is given. */
  has(version: number, id: string | undefined): boolean {
    const head = this.head();
    if (version >= head.version || id === undefined) {
      return (
        version < head.version || (version === head.version && [undefined, head.id].includes(id))
      );
    }
    return version === 0 || this.eventsBetween(version - 1, version)[0]?.id === id;
  }

  /** @throws when another instance of the object has taken over, which any read of the storage detects */
  assertCurrentInstance(): void {
    this.head();
  }

  /** The facts after the first version, up to and including the second. Must be consumed at once. */
  factsBetween(after: number, upTo: number): Iterable<FoldedFact> {
    return this.#facts('version > ? AND version <= ?', after, upTo);
  }

  /**
   * The first facts of a range that fit into a page of history, as JSON, and the version up to which the page goes.
   * `occurredByMs` leaves out facts that occurred later.
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

  /** The stream's version at a time. Recorded times never decrease, so a binary search finds it. */
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
   * At most `limit` events, as many as fit into a page. Their sizes are read first, because a cursor that is not read
   * to its end would stay open.
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

  /** The events after the first version, up to and including the second, without a limit on bytes. */
  eventsBetween(after: number, upTo: number): StoredEvent[] {
    return this.#sql
      .exec<EventRow>(
        `SELECT ${EVENT_COLUMNS} FROM event WHERE version > ? AND version <= ? ORDER BY version`,
        ...[after, upTo],
      )
      .toArray()
      .map((row) => storedEvent(this.#tenant, this.stream, row));
  }

  /** The same with their bytes, in one statement. Undefined where they take more than so many, and then not read. */
  eventsWithin(after: number, upTo: number, bytesMax: number): SizedEvents | undefined {
    if (after >= upTo) return { events: [], bytes: 0 };
    const rows = this.#sql
      .exec<EventRow & { total: number }>(SELECT_WITHIN, after, upTo, bytesMax)
      .toArray();
    const bytes = rows[0]?.total;
    if (bytes === undefined) return undefined;
    return { events: rows.map((row) => storedEvent(this.#tenant, this.stream, row)), bytes };
  }

  /** The bytes of the events after the first version, up to and including the second. */
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
    const [only, ...others] = events;
    if (only && others.length === 0) this.#tables.write(INSERT_EVENT, ...eventValues(only));
    else
      for (const rows of arraysOf(events.map(writtenRow))) this.#tables.write(INSERT_EVENTS, rows);
  }

  /** Whether the object has ever been written. */
  get isStored(): boolean {
    return this.#tables.isStored;
  }

  /** The version up to which the journal and every projection have the events. Read once, then cached. */
  confirmedVersion(): number {
    this.#confirmed ??= this.#storedConfirmation();
    return this.#confirmed;
  }

  confirm(version: number): void {
    this.#tables.write('UPDATE object SET confirmed_version = ?', version);
    this.#confirmed = version;
  }

  /** The same, with what consumers have confirmed since. */
  settledVersion(): number {
    return Math.max(this.#settled, this.confirmedVersion());
  }

  /**
   * In memory alone: the alarm stores it, once for many events, and asks D1 where the memory was lost. Not for a version
   * beyond the head: the object was restored then, and the next events are others.
   */
  settle(version: number): void {
    if (version <= this.head().version) this.#settled = Math.max(this.#settled, version);
  }

  #storedConfirmation(): number {
    if (!this.isStored) return 0;
    return this.#sql
      .exec<{ version: number }>('SELECT confirmed_version AS version FROM object')
      .one().version;
  }

  /** Discards the caches, which a rollback or a deletion makes stale. */
  afterRollback(): void {
    this.#confirmed = undefined;
    this.#settled = 0;
  }

  /** The versions and bytes of events; SQLite counts bytes without reading the data. */
  #sizes(wanted: string, ...values: number[]): [version: number, bytes: number][] {
    const found = `SELECT version, ${BYTES} FROM event WHERE ${wanted} LIMIT ?`;
    return [...this.#sql.exec(found, ...values).raw<[number, number]>()];
  }

  *#facts(condition: string, ...values: number[]): Generator<FoldedFact> {
    if (!this.isStored) return;
    const query = `SELECT version, type, schema_version, data FROM event WHERE ${condition} ORDER BY version`;
    // Reading arrays takes two thirds of the time of reading objects.
    const rows = this.#sql.exec(query, ...values).raw<[number, string, number, string]>();
    for (const [version, type, schemaVersion, data] of rows) {
      yield { version, type, schemaVersion, data: JSON.parse(data) };
    }
  }
}
