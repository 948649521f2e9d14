/**
 * The aggregate's folded state, kept in memory between commands and rebuilt from snapshot and log whenever the two
 * differ: after an eviction, after a failed write, in a stale instance.
 */
import { type Aggregate, fold } from '../../core/aggregate/aggregate.ts';
import { PAGE_BYTES_MAX, valueBytes } from '../../core/values/bytes.ts';
import type { EventLog, Head } from './event-log.ts';
import type { Snapshot, Snapshots } from './snapshots.ts';

/** A snapshot on its way into storage; without a text when the state cannot be kept faithfully. */
export interface TakenSnapshot {
  readonly version: number;
  readonly text: string | undefined;
}

/** An aggregate's state, and the version of the last event in it. */
export interface AggregateState {
  readonly version: number;
  readonly state: unknown;
  /** The state is larger than an answer may be, and left out. */
  readonly isTooLarge?: true;
}

/** As an answer over RPC, which the platform refuses beyond 32 MiB. */
export function answeredState({ version, state }: AggregateState): AggregateState {
  if (valueBytes(state) <= PAGE_BYTES_MAX) return { version, state };
  return { version, state: undefined, isTooLarge: true };
}

export class MemoryImage {
  readonly aggregate: Aggregate;
  readonly #log: EventLog;
  readonly #snapshots: Snapshots;
  #state: unknown;
  #version = 0;
  #snapshotVersion = 0;

  constructor(aggregate: Aggregate, log: EventLog, snapshots: Snapshots) {
    this.aggregate = aggregate;
    this.#log = log;
    this.#snapshots = snapshots;
    this.#state = aggregate.initialState();
  }

  /** The state at the log's head, and the head itself: one row read when memory is right. */
  current(): { state: unknown; head: Head } {
    const head = this.#log.head();
    if (head.version < this.#version) this.#start({ version: 0, state: this.#initial() });
    if (head.version > this.#version) this.#catchUp(head.version);
    return { state: this.#state, head };
  }

  /**
   * The snapshot that is due at a version, after the last of this unit of work, if any. It is text from here on: the
   * commands that follow in the unit may change the state in place.
   */
  snapshotDue({ version, state }: AggregateState, lastVersion?: number): TakenSnapshot | undefined {
    if (!this.#snapshots.isDue(version, lastVersion ?? this.#snapshotVersion)) return undefined;
    return { version, text: this.#snapshots.textOf(state) };
  }

  /** Runs inside the transaction that appends: a snapshot is there with its event or not at all. */
  keepSnapshot({ version, text }: TakenSnapshot): void {
    // One that cannot be kept is not tried again before the next is due.
    if (text !== undefined) this.#snapshots.save(version, text);
    this.#snapshotVersion = version;
  }

  /** Called after the commit, never before: memory must not run ahead of the log. */
  advance({ version, state }: AggregateState): void {
    this.#state = state;
    this.#version = version;
  }

  /**
   * Domain code that failed, or whose events were not stored, may have changed the state in place: the next use reads
   * it from snapshot and log. Snapshots of a rolled back transaction are gone with it.
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
    this.advance({ version, state: fold(this.aggregate, this.#state, tail) });
  }

  #start(snapshot: Snapshot): void {
    this.advance(snapshot);
    this.#snapshotVersion = snapshot.version;
  }

  #initial(): unknown {
    return this.aggregate.initialState();
  }
}
