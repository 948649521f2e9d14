/**
 * The end of each database's journal as the waiting readers of this isolate find it. A reader asks D1 only if no other one
 * does so at the same time, or has just done so: how often a database is asked follows the isolates, not the readers.
 */
import type { JournalPosition } from '../../core/plan/journal-position.ts';

interface Look {
  /** When the read began: what was written later is not in it. */
  readonly atMs: number;
  /** Where the journal ended; left out while the read is under way. */
  readonly end?: JournalPosition;
}

export class KnownHeads {
  readonly #nowMs: () => number;
  readonly #looks = new WeakMap<D1Database, Look>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Runs a reader's look at the journal's end, unless another one's is at hand that is at most so old. */
  async unlessKnown<Page>(
    database: D1Database,
    after: JournalPosition,
    withinMs: number,
    look: () => Promise<Page>,
    endOf: (page: Page) => JournalPosition | undefined,
  ): Promise<Page | undefined> {
    if (this.#isKnown(database, after, withinMs)) return undefined;
    const atMs = this.#nowMs();
    this.#looks.set(database, { atMs });
    let end: JournalPosition | undefined;
    try {
      const page = await look();
      end = endOf(page);
      return page;
    } finally {
      // After events the end is unknown, and the next reader looks itself.
      if (end) this.#looks.set(database, { atMs, end });
      else this.#looks.delete(database);
    }
  }

  #isKnown(database: D1Database, after: JournalPosition, withinMs: number): boolean {
    const look = this.#looks.get(database);
    // A clock that went back makes it unknown.
    if (!look || Math.abs(this.#nowMs() - look.atMs) >= withinMs) return false;
    const { end } = look;
    return !end || (end.epoch === after.epoch && end.position <= after.position);
  }
}
