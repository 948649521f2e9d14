/** The outcomes of keyed commands, which a repeat gets again. Kept in the object's SQLite, synchronously like its events. */
import type { Json } from '../../core/values/json.ts';
import { jsonArrays } from '../../core/values/json-arrays.ts';
import type { AggregateTables } from './schema.ts';

/** What is kept of a keyed command: as long as the stream lives, or for a while where nothing ever happened. */
export interface CommandRecord {
  readonly fingerprint: string;
  readonly outcome: RecordedOutcome;
}

/** An accepted outcome is its place in the log; its events are read from there. */
export type RecordedOutcome =
  | { readonly outcome: 'accepted'; readonly version: number; readonly events: number }
  | {
      readonly outcome: 'rejected';
      readonly version: number;
      readonly reason: string;
      readonly details: Json;
    };

interface CommandRow extends Record<string, SqlStorageValue> {
  key: string;
  fingerprint: string;
  version: number;
  events: number;
  rejection: string | null;
}

/** The keys come as one JSON array, the records as arrays of their columns' values. */
const SELECT_COMMANDS = `
  SELECT command.key, fingerprint, version, events, rejection
  FROM json_each(?) AS wanted CROSS JOIN command ON command.key = wanted.value`;

const INSERT_COMMANDS = `
  INSERT INTO command (key, fingerprint, version, events, rejection)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)`;

export class CommandRecords {
  readonly #tables: AggregateTables;

  constructor(tables: AggregateTables) {
    this.#tables = tables;
  }

  /** What is known of commands by their keys. */
  of(keys: readonly string[]): Map<string, CommandRecord> {
    if (!this.#tables.isStored || keys.length === 0) return new Map();
    const rows = this.#tables.sql.exec<CommandRow>(SELECT_COMMANDS, JSON.stringify(keys)).toArray();
    return new Map(rows.map((row) => [row.key, commandRecord(row)]));
  }

  record(records: readonly [key: string, record: CommandRecord][]): void {
    for (const rows of jsonArrays(records.map(commandValues))) {
      this.#tables.write(INSERT_COMMANDS, rows);
    }
  }

  /** How many outcomes of keyed commands are kept. */
  count(): number {
    if (!this.#tables.isStored) return 0;
    return this.#tables.sql.exec<{ n: number }>('SELECT count(*) AS n FROM command').one().n;
  }

  /** Of outcomes without events: until when they are kept; 0 when that was never set. */
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

function commandValues([key, { fingerprint, outcome }]: [string, CommandRecord]): unknown[] {
  const { version } = outcome;
  if (outcome.outcome === 'accepted') return [key, fingerprint, version, outcome.events, null];
  const { reason, details } = outcome;
  return [key, fingerprint, version, 0, JSON.stringify({ reason, details })];
}
