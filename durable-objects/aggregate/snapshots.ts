/**
 * Snapshots of one aggregate's state, so that loading reads a snapshot and the events after it, whatever the length of
 * the stream. Older snapshots are kept, which makes reading the past cheap.
 */
import type { SnapshotPolicy } from '../../core/aggregate/aggregate.ts';
import { isJson } from '../../core/values/json.ts';
import type { AggregateTables } from './schema.ts';

/** Half of the platform's limit on a row. A larger state is folded from the log every time. */
const SNAPSHOT_CHARACTERS_MAX = 1_000_000;

export interface Snapshot {
  readonly version: number;
  readonly state: unknown;
}

export class Snapshots {
  readonly #tables: AggregateTables;
  readonly #policy: SnapshotPolicy | undefined;

  constructor(tables: AggregateTables, policy: SnapshotPolicy | undefined) {
    this.#tables = tables;
    this.#policy = policy;
  }

  /** The newest snapshot up to a version, of a state version; left out: that of this code. */
  upTo(version: number, stateVersion = this.#policy?.stateVersion): Snapshot | undefined {
    if (stateVersion === undefined || !this.#tables.has('snapshot')) return undefined;
    const [row] = this.#tables.sql
      .exec<{ version: number; state: string }>(
        `SELECT version, state FROM snapshot WHERE version <= ? AND state_version = ?
         ORDER BY version DESC LIMIT 1`,
        version,
        stateVersion,
      )
      .toArray();
    return row && readable(row.version, row.state);
  }

  isDue(version: number, lastVersion: number): boolean {
    return this.#policy !== undefined && version - lastVersion >= this.#policy.every;
  }

  /** Undefined if the state cannot be stored faithfully. */
  textOf(state: unknown): string | undefined {
    if (!isJson(state)) return undefined;
    const text = JSON.stringify(state);
    return text.length > SNAPSHOT_CHARACTERS_MAX ? undefined : text;
  }

  /** Runs inside the transaction that appends. */
  save(version: number, text: string): void {
    if (!this.#policy) return;
    this.#tables.writeTo(
      'snapshot',
      'INSERT OR REPLACE INTO snapshot (version, state_version, state) VALUES (?, ?, ?)',
      ...[version, this.#policy.stateVersion, text],
    );
  }
}

/** A snapshot that cannot be parsed is ignored. */
function readable(version: number, text: string): Snapshot | undefined {
  try {
    return { version, state: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
