/**
 * Whether the object takes its events back from the journal, as it is stored: an object that was restored to an earlier
 * time must take no command, whether or not it has been evicted since it found out.
 */
import type { AggregateTables } from '../schema.ts';

export interface OpenRecovery {
  /** The version that the journal is known to have, at least. */
  readonly journalVersion: number;
  /** The first version under which log and journal have different events; null if there is none, as far as is known. */
  readonly divergedAt: number | null;
}

interface RecoveryRow extends Record<string, SqlStorageValue> {
  journal_version: number;
  diverged_at: number | null;
}

export class RecoveryState {
  readonly #tables: AggregateTables;
  /** Whether a run has ended before its end, so that the next one continues at once. */
  isSearching = false;
  /** Null: there is none. Undefined: not read yet. */
  #open: OpenRecovery | null | undefined;

  constructor(tables: AggregateTables) {
    this.#tables = tables;
  }

  /** Costs nothing in an object that was never restored: it has no such table. */
  get open(): OpenRecovery | undefined {
    this.#open ??= this.#stored() ?? null;
    return this.#open ?? undefined;
  }

  /** Runs inside a transaction. */
  keep(open: OpenRecovery): void {
    this.#tables.writeTo(
      'recovery',
      'INSERT OR REPLACE INTO recovery (id, journal_version, diverged_at) VALUES (1, ?, ?)',
      ...[open.journalVersion, open.divergedAt],
    );
    this.#open = open;
  }

  /** Runs inside a transaction. */
  end(): void {
    if (!this.open) return;
    this.#tables.writeTo('recovery', 'DELETE FROM recovery');
    this.#open = null;
  }

  /** Discards the cache, which a rollback makes stale. */
  afterRollback(): void {
    this.#open = undefined;
  }

  #stored(): OpenRecovery | undefined {
    if (!this.#tables.has('recovery')) return undefined;
    const [row] = this.#tables.sql
      .exec<RecoveryRow>('SELECT journal_version, diverged_at FROM recovery')
      .toArray();
    return row && { journalVersion: row.journal_version, divergedAt: row.diverged_at };
  }
}
