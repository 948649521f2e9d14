/**
 * Limits the time that an invocation waits for reactors' calls, so that a call that hangs delays its own stream alone.
 */
import { DeadlinePassed, withDeadline } from '../../durable-objects/with-deadline.ts';

/**
 * Our limit. A command takes about 10 ms; the calls of a long page may need several invocations, each of which
 * advances.
 */
export const CALLS_WAIT_MS = 2_000;

/** The total time of one invocation for reactors' calls. */
export class CallDeadline {
  #leftMs = CALLS_WAIT_MS;

  get isPassed(): boolean {
    return this.#leftMs <= 0;
  }

  /** Waits for the calls, at most until the deadline. */
  async waitFor(calls: Promise<unknown>): Promise<void> {
    if (this.isPassed) return;
    const startedMs = Date.now();
    try {
      await withDeadline(calls, this.#leftMs, 'The calls take longer.');
      this.#leftMs -= Date.now() - startedMs;
    } catch (error) {
      if (!(error instanceof DeadlinePassed)) throw error;
      this.#leftMs = 0;
    }
  }
}
