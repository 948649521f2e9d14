/**
 * The aggregate's folded state, kept in memory between commands and rebuilt from the log whenever the two differ:
 * after an eviction, after a failed write, in a stale instance.
 */
import { type Aggregate, type CheckedEvent, evolve, fold } from '../../core/aggregate.ts';
import type { EventLog, Head } from './event-log.ts';

export class MemoryImage {
  readonly #aggregate: Aggregate;
  readonly #log: EventLog;
  #state: unknown;
  #version = 0;

  constructor(aggregate: Aggregate, log: EventLog) {
    this.#aggregate = aggregate;
    this.#log = log;
    this.#state = aggregate.initialState();
  }

  /** The state at the log's head, and the head itself: one row read when memory is right. */
  current(): { state: unknown; head: Head } {
    const head = this.#log.head();
    if (head.version < this.#version) this.#forget();
    if (head.version > this.#version) this.#catchUp(head.version);
    return { state: this.#state, head };
  }

  /** The state that events lead to. Computed before the commit: events that `evolve` cannot take are never stored. */
  after(events: readonly CheckedEvent[]): unknown {
    return events.reduce((state, event) => evolve(this.#aggregate, state, event), this.#state);
  }

  /** Called after the commit, never before: memory must not run ahead of the log. */
  advance(version: number, state: unknown): void {
    this.#state = state;
    this.#version = version;
  }

  #catchUp(version: number): void {
    this.#state = fold(this.#aggregate, this.#state, this.#log.eventsAfter(this.#version));
    this.#version = version;
  }

  #forget(): void {
    this.#state = this.#aggregate.initialState();
    this.#version = 0;
  }
}
