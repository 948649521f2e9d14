/**
 * The time of a D1 database: a round trip away, one thread, at most a hundred calls that wait for it, at most six at a
 * time of one invocation. What the calls answer is real.
 */
import type { DatabaseAnswer, DatabaseCall, DatabaseTime } from '../simulator/database-load.ts';
import { DATABASE_ERRORS, type Outage } from '../simulator/outage.ts';
import type { World } from '../simulator/process.ts';
import type { Counting } from './counts.ts';
import { DatabaseCallers } from './database-callers.ts';
import { assumed, limits } from './setting.ts';
import { Turns } from './turns.ts';

/** Calls take `callMs` each way in any case. */
const ONE_WAY_MS = assumed.databaseTripMs / 2 - assumed.callMs;

export class DatabaseThread implements DatabaseTime {
  readonly #world: World;
  readonly #counting: Counting;
  readonly #writeMs: number;
  readonly #thread = new Turns(1);
  readonly #callers: DatabaseCallers;
  outage: Outage['database'] | undefined;

  /** `callers`: those of all databases of a deployment. */
  constructor(
    world: World,
    counting: Counting,
    writeMs: number,
    callers: DatabaseCallers = new DatabaseCallers(),
  ) {
    this.#world = world;
    this.#callers = callers;
    this.#counting = counting;
    this.#writeMs = writeMs;
  }

  async serve<Answer extends DatabaseAnswer>(
    call: DatabaseCall,
    run: () => Promise<Answer>,
  ): Promise<Answer> {
    const connections = this.#callers.connectionsOf(call.process);
    await connections.turn();
    try {
      await this.#sleep(call, ONE_WAY_MS);
      return await this.#onThread(call, run);
    } finally {
      await this.#sleep(call, ONE_WAY_MS);
      connections.end();
    }
  }

  async #onThread<Answer extends DatabaseAnswer>(call: DatabaseCall, run: () => Promise<Answer>) {
    const counts = this.#counting.now.databaseOf(call.process.kind);
    if (call.from === 'copy') {
      this.#counting.now.copyReads++;
      return run();
    }
    counts.calls++;
    if (this.#thread.waiting >= limits.databaseWaiting) {
      counts.refused++;
      throw new Error(DATABASE_ERRORS.overloaded);
    }
    await this.#thread.turn();
    try {
      return await this.#answered(call, run);
    } finally {
      this.#thread.end();
    }
  }

  /** A batch that is rolled back is not replicated: it costs what a call costs. */
  async #answered<Answer extends DatabaseAnswer>(call: DatabaseCall, run: () => Promise<Answer>) {
    let ms: number = limits.databaseCallMs;
    const { now } = this.#counting;
    if (!call.isRead) now.batches++;
    try {
      const answer = await run();
      const rows = answer.reduce((sum, { results }) => sum + results.length, 0);
      now.databaseOf(call.process.kind).rowsRead += rows;
      ms = call.isRead ? Math.max(ms, rows * assumed.databaseRowReadMs) : this.#writeMs;
      if (!call.isRead) {
        this.#callers.writtenAtMs.set(call.process, this.#world.timeline.nowMs + ms);
      }
      return answer;
    } catch (error) {
      if (!call.isRead) now.batchesLost++;
      throw error;
    } finally {
      now.databaseOf(call.process.kind).busyMs += ms;
      await this.#sleep(call, ms);
    }
  }

  #sleep({ process: { kind } }: DatabaseCall, ms: number): Promise<void> {
    return this.#world.timeline.sleep(ms, 'a call of D1', kind === 'cron');
  }
}
