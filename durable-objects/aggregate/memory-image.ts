/**
 * The aggregate's folded state, cached in memory between commands and rebuilt from snapshot and log when it differs
 * from the log: after an eviction or a failed write, in a stale instance.
 */
import { type Aggregate, fold } from '../../core/aggregate/aggregate.ts';
import { KnownFault } from '../../core/failures/known-fault.ts';
import { platformErrorKind } from '../../core/failures/platform-error.ts';
import { PAGE_BYTES_MAX, valueBytes } from '../../core/values/bytes.ts';
import type { EventLog, FoldedFact, Head } from './event-log.ts';
import type { Report } from './report.ts';
import type { Snapshot, Snapshots } from './snapshots.ts';

/** A snapshot to store; without a text if the state cannot be stored faithfully. */
export interface TakenSnapshot {
  readonly version: number;
  readonly text: string | undefined;
}

/** An aggregate's state, and the version of the last event in it. */
export interface AggregateState {
  readonly version: number;
  readonly state: unknown;
  /** The stream has ended with that event. */
  readonly ended?: true;
  /** The state is left out because it is larger than a response may be. */
  readonly isTooLarge?: true;
}

/** The state for a response over RPC, which the platform limits to 32 MiB. */
export function answeredState(answer: AggregateState): AggregateState {
  if (valueBytes(answer.state) <= PAGE_BYTES_MAX) return answer;
  return { ...answer, state: undefined, isTooLarge: true };
}

export class MemoryImage {
  readonly aggregate: Aggregate;
  readonly #log: EventLog;
  readonly #snapshots: Snapshots;
  readonly #report: Report;
  #state: unknown;
  #version = 0;
  #snapshotVersion = 0;

  constructor(aggregate: Aggregate, log: EventLog, snapshots: Snapshots, report: Report) {
    this.aggregate = aggregate;
    this.#log = log;
    this.#snapshots = snapshots;
    this.#report = report;
    this.#state = aggregate.initialState();
  }

  /** The state at the log's head, and the head itself: one row read if the cache is current. */
  current(): { state: unknown; head: Head } {
    const head = this.#log.head();
    if (head.version < this.#version) this.#start({ version: 0, state: this.#initial() });
    if (head.version > this.#version) this.#catchUp(head.version);
    return { state: this.#state, head };
  }

  /**
   * The snapshot that is due at a version, counted from the last one of this unit of work, if any. As text, because
   * later commands of the unit may mutate the state.
   */
  snapshotDue({ version, state }: AggregateState, lastVersion?: number): TakenSnapshot | undefined {
    if (!this.#snapshots.isDue(version, lastVersion ?? this.#snapshotVersion)) return undefined;
    return { version, text: this.#snapshots.textOf(state) };
  }

  /** Runs inside the transaction that appends, so that a snapshot is stored with its event or not at all. */
  keepSnapshot({ version, text }: TakenSnapshot): void {
    // A snapshot that cannot be stored is not tried again before the next is due.
    if (text !== undefined) this.#snapshots.save(version, text);
    this.#snapshotVersion = version;
  }

  /** Must be called after the commit: memory must not run ahead of the log. */
  advance({ version, state }: AggregateState): void {
    this.#state = state;
    this.#version = version;
  }

  /**
   * Discards the state, which domain code may have mutated before it failed or before its events were not stored: the
   * next use reads snapshot and log. A rollback also removes the snapshots of its transaction.
   */
  discard(): void {
    this.#start({ version: 0, state: this.#initial() });
  }

  #catchUp(version: number): void {
    if (this.#version === 0) {
      const snapshot = this.#snapshots.upTo(version);
      if (snapshot) this.#start(snapshot);
    }
    const tail = this.#log.factsBetween(this.#version, version);
    this.advance({ version, state: this.#fold(tail) });
  }

  /** The platform records what leaves the object, with its message: the domain's own error is reported here alone. */
  #fold(tail: Iterable<FoldedFact>): unknown {
    try {
      return fold(this.aggregate, this.#state, tail);
    } catch (error) {
      if (platformErrorKind(error) !== 'bug') throw error;
      this.#report('error', { operation: 'fold', error });
      const { name } = this.aggregate;
      throw new KnownFault(`The events of ${name} cannot be folded: an upcaster or evolve throws.`);
    }
  }

  #start(snapshot: Snapshot): void {
    this.advance(snapshot);
    this.#snapshotVersion = snapshot.version;
  }

  #initial(): unknown {
    return this.aggregate.initialState();
  }
}
