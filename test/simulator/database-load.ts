/**
 * What D1 has to do: one thread, a round trip away, that refuses what would wait too long, and every write while it has
 * no room. A seed draws how far it is and how long a batch takes it.
 */
import { oneOf } from '../chaos/random.ts';
import { DATABASE_ERRORS, type Outage } from './outage.ts';
import type { Process, World } from './process.ts';

/** In milliseconds; the middle ones are those of a database in another region under a wide batch. */
const TRIPS = [0, 0, 30];
const SERVICES = [0, 1, 5, 20];

/** The platform's is about a hundred (growth figures); a simulation has fewer clients than that. */
const WAITING_MAX = 12;

const FULL_FOR_MS_MAX = 40_000;

/** A call of D1. */
export interface DatabaseCall {
  readonly process: Process;
  readonly isRead: boolean;
  /** From where a session lets it be answered. */
  readonly from: 'primary' | 'copy';
}

/** The rows of each statement. */
export type DatabaseAnswer = readonly { readonly results: readonly unknown[] }[];

/** How long a call takes, and whether D1 takes it. */
export interface DatabaseTime {
  outage: Outage['database'] | undefined;
  serve<Answer extends DatabaseAnswer>(
    call: DatabaseCall,
    run: () => Promise<Answer>,
  ): Promise<Answer>;
}

export class DatabaseLoad implements DatabaseTime {
  readonly #world: World;
  readonly #tripMs: number;
  readonly #serviceMs: number;
  #waiting = 0;
  #freeAtMs = 0;
  #fullUntilMs = 0;
  outage: Outage['database'] | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#tripMs = oneOf(world.fate.random, TRIPS) ?? 0;
    this.#serviceMs = oneOf(world.fate.random, SERVICES) ?? 0;
  }

  /** @throws D1's error for too many queued requests, and for a write while it is full; nothing was written */
  async serve<Answer extends DatabaseAnswer>(
    call: DatabaseCall,
    run: () => Promise<Answer>,
  ): Promise<Answer> {
    await this.#turn(call);
    return run();
  }

  async #turn({ process: { kind }, isRead }: DatabaseCall): Promise<void> {
    const { timeline, fate } = this.#world;
    if (this.#waiting >= WAITING_MAX || fate.strikes('D1 is overloaded')) {
      throw new Error(DATABASE_ERRORS.overloaded);
    }
    if (this.outage && !(isRead && this.outage === 'full')) {
      throw new Error(DATABASE_ERRORS[this.outage]);
    }
    if (!isRead) this.#refuseWhileFull();
    if (this.#tripMs + this.#serviceMs === 0) return;
    const startMs = Math.max(timeline.nowMs + this.#tripMs, this.#freeAtMs);
    this.#freeAtMs = startMs + this.#serviceMs;
    this.#waiting++;
    await timeline.sleep(this.#freeAtMs - timeline.nowMs, 'D1 has done a batch', kind === 'cron');
    this.#waiting--;
  }

  #refuseWhileFull(): void {
    const { timeline, fate } = this.#world;
    if (fate.strikes('D1 is full')) {
      this.#fullUntilMs = timeline.nowMs + fate.random(FULL_FOR_MS_MAX);
    }
    if (timeline.nowMs < this.#fullUntilMs) throw new Error(DATABASE_ERRORS.full);
  }
}
