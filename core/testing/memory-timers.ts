/** The timers of one aggregate in memory: the test kit's implementation of `TimerTable`. */
import {
  isDueBefore,
  type ScheduledTimer,
  type StoredTimer,
  type TimerTable,
} from '../aggregate/timers.ts';

export class MemoryTimers implements TimerTable {
  readonly #timers: Map<string, StoredTimer>;

  constructor(timers: Iterable<StoredTimer> = []) {
    this.#timers = new Map(Array.from(timers, (timer) => [timer.id, timer]));
  }

  find(id: string): StoredTimer | undefined {
    return this.#timers.get(id);
  }

  put(timer: StoredTimer): void {
    this.#timers.set(timer.id, timer);
  }

  remove(id: string): void {
    this.#timers.delete(id);
  }

  next(): ScheduledTimer | undefined {
    let next: ScheduledTimer | undefined;
    for (const timer of this.#timers.values()) {
      if (timer.state === 'scheduled' && (!next || isDueBefore(timer, next))) next = timer;
    }
    return next;
  }

  [Symbol.iterator](): Iterator<StoredTimer> {
    return this.#timers.values();
  }
}
