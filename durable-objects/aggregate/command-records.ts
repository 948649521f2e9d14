/**
 * The outcomes of commands with an idempotency key, which a repeat gets again. Stored in the object's SQLite,
 * synchronously like its events.
 */
import type { Json } from '../../core/values/json.ts';
import { jsonArrays } from '../../core/values/json-arrays.ts';
import type { AggregateTables } from './schema.ts';

/**
 * The record of a command with a key. Kept for the lifetime of the stream, or for a limited time if the stream has no
 * events.
 */
export interface CommandRecord {
  readonly fingerprint: string;
  readonly outcome: RecordedOutcome;
}

/** An accepted outcome is recorded as its place in the log, from which its events are read. */
export type RecordedOutcome =
  | { readonly outcome: 'accepted'; readonly version: number; readonly events: number }
  | {
      readonly outcome: 'rejected';
      readonly version: number;
      readonly reason: string;
      readonly details: Json;
    };

/** Of a command that the journal's events tell of, which do not say what it was sent with: its repeat is not compared. */
export const UNKNOWN_FINGERPRINT = '';

/** Records after a key. */
export interface RecordRange {
  readonly after: string;
  /** The version up to which they were made. */
  readonly upTo: number;
  readonly limit: number;
}

interface CommandRow extends Record<string, SqlStorageValue> {
  key: string;
  fingerprint: string;
  version: number;
  events: number;
  rejection: string | null;
}

/** Takes the keys as one JSON array, and records as arrays of column values. */
const SELECT_COMMANDS = `
  SELECT command.key, fingerprint, version, events, rejection
  FROM json_each(?) AS wanted CROSS JOIN command ON command.key = wanted.value`;

/** Of one record, from its `commandValues`. */
const INSERT_COMMAND = `
  INSERT INTO command (key, fingerprint, version, events, rejection) VALUES (?, ?, ?, ?, ?)`;

const INSERT_COMMANDS = `
  INSERT INTO command (key, fingerprint, version, events, rejection)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)`;

/** The events of one command may come in two pages. A record that the object has kept is not replaced. */
const JOIN_COMMANDS = `
  ${INSERT_COMMANDS} WHERE true
  ON CONFLICT (key) DO UPDATE SET version = excluded.version, events = events + excluded.events
  WHERE fingerprint = '${UNKNOWN_FINGERPRINT}' AND version = excluded.version - excluded.events`;

/** A page of a restore may come twice. */
const KEEP_COMMANDS = `${INSERT_COMMANDS} WHERE true ON CONFLICT (key) DO NOTHING`;

/** A record that was made at a later version tells of events that the reader does not have. */
const SELECT_PAGE = `
  SELECT key, fingerprint, version, events, rejection FROM command WHERE key > ? AND version <= ? ORDER BY key LIMIT ?`;

export class CommandRecords {
  readonly #tables: AggregateTables;

  constructor(tables: AggregateTables) {
    this.#tables = tables;
  }

  /** The records of these keys. */
  of(keys: readonly string[]): Map<string, CommandRecord> {
    if (!this.#tables.isStored || keys.length === 0) return new Map();
    const rows = this.#tables.sql.exec<CommandRow>(SELECT_COMMANDS, JSON.stringify(keys)).toArray();
    return new Map(rows.map((row) => [row.key, commandRecord(row)]));
  }

  record(records: readonly [key: string, record: CommandRecord][]): void {
    const [only, ...others] = records;
    if (only && others.length === 0) this.#tables.write(INSERT_COMMAND, ...commandValues(only));
    else this.#recordAll(records);
  }

  #recordAll(records: readonly [key: string, record: CommandRecord][]): void {
    for (const rows of jsonArrays(records.map(commandValues))) {
      this.#tables.write(INSERT_COMMANDS, rows);
    }
  }

  /** Records commands whose events were taken back. */
  join(records: readonly [key: string, record: CommandRecord][]): void {
    for (const rows of jsonArrays(records.map(commandValues))) {
      this.#tables.write(JOIN_COMMANDS, rows);
    }
  }

  /** Records those of an export; what is recorded already stays. */
  keep(records: readonly [key: string, record: CommandRecord][]): void {
    for (const rows of jsonArrays(records.map(commandValues))) {
      this.#tables.write(KEEP_COMMANDS, rows);
    }
  }

  /** Those that were made up to a version, in the order of their keys. */
  page({ after, upTo, limit }: RecordRange): [key: string, record: CommandRecord][] {
    if (!this.#tables.isStored) return [];
    const rows = this.#tables.sql.exec<CommandRow>(SELECT_PAGE, after, upTo, limit).toArray();
    return rows.map((row) => [row.key, commandRecord(row)]);
  }

  /** The number of stored records. */
  count(): number {
    if (!this.#tables.isStored) return 0;
    return this.#tables.sql.exec<{ n: number }>('SELECT count(*) AS n FROM command').one().n;
  }

  /** The time until which outcomes without a stream are kept; 0 if never set. */
  keptUntilMs(): number {
    if (!this.#tables.isStored) return 0;
    const { sql } = this.#tables;
    return sql.exec<{ ms: number }>('SELECT kept_until AS ms FROM object').one().ms;
  }

  keepUntil(timeMs: number): void {
    this.#tables.write('UPDATE object SET kept_until = ?', timeMs);
  }
}

function commandRecord({ fingerprint, version, events, rejection }: CommandRow): CommandRecord {
  const outcome: RecordedOutcome =
    rejection === null
      ? { outcome: 'accepted', version, events }
      : { outcome: 'rejected', version, ...JSON.parse(rejection) };
  return { fingerprint, outcome };
}

function commandValues([key, { fingerprint, outcome }]: [
  string,
  CommandRecord,
]): SqlStorageValue[] {
  const { version } = outcome;
  if (outcome.outcome === 'accepted') return [key, fingerprint, version, outcome.events, null];
  const { reason, details } = outcome;
  return [key, fingerprint, version, 0, JSON.stringify({ reason, details })];
}
