/**
 * Whether the object is restored from an export, as it is stored: until its stream is whole it takes no command, fires no
 * timer and sends nothing.
 */
import type { Failure } from '../../../core/aggregate/outcome.ts';
import type { AggregateTables } from '../schema.ts';

/** The head that the stream will have. */
export interface RestoringStream {
  readonly version: number;
  readonly eventId: string;
}

/** Ours: the rest of a stream follows within seconds. */
const RETRY_AFTER_SECONDS = 5;

interface RestoringRow extends Record<string, SqlStorageValue> {
  version: number;
  event_id: string;
}

export class RestoringState {
  readonly #tables: AggregateTables;
  /** Null: there is none. Undefined: not read yet. */
  #open: RestoringStream | null | undefined;

  constructor(tables: AggregateTables) {
    this.#tables = tables;
  }

  /** Costs nothing in an object that was never restored: it has no such table. */
  get open(): RestoringStream | undefined {
    this.#open ??= this.#stored() ?? null;
    return this.#open ?? undefined;
  }

  /** Why no command is taken now; undefined if they are. */
  refusal(stream: string): Failure | undefined {
    if (!this.open) return undefined;
    const detail = `The stream ${stream} is being restored from an export. Nothing was executed: send the command again.`;
    return { outcome: 'unavailable', detail, retryAfterSeconds: RETRY_AFTER_SECONDS };
  }

  /** Runs inside a transaction. */
  begin(stream: RestoringStream): void {
    this.#tables.writeTo(
      'restoring',
      'INSERT INTO restoring (id, version, event_id) VALUES (1, ?, ?)',
      ...[stream.version, stream.eventId],
    );
    this.#open = stream;
  }

  /** Runs inside a transaction. */
  end(): void {
    this.#tables.writeTo('restoring', 'DELETE FROM restoring');
    this.#open = null;
  }

  /** Discards the cache, which a rollback makes stale. */
  afterRollback(): void {
    this.#open = undefined;
  }

  #stored(): RestoringStream | undefined {
    if (!this.#tables.has('restoring')) return undefined;
    const [row] = this.#tables.sql
      .exec<RestoringRow>('SELECT version, event_id FROM restoring')
      .toArray();
    return row && { version: row.version, eventId: row.event_id };
  }
}
