/**
 * Back-pressure: while the queue is far behind, batches are held up, and single commands go on. Asked at the queue once
 * in a second by each isolate that runs a batch; where it does not answer, nothing is held up.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { withDeadline } from '../../durable-objects/with-deadline.ts';
import { withJitter } from '../http/unavailable.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { MachineryPlatform } from '../runtime/machinery.ts';

/** Ours, in messages: some minutes of the consumer's work. */
const BACKLOG_MAX = 100_000;

/** Ours: a batch brings some thousand events in this time. */
const KEPT_MS = 1_000;

/** Ours. The platform sets no limit of its own. */
const ANSWER_MS_MAX = 2_000;

/** Ours, chance comes on top: meanwhile the consumer works off some thousand messages. */
const RETRY_AFTER_SECONDS = 10;

export class Backlog {
  readonly #platform: MachineryPlatform;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #messages = 0;

  constructor(platform: MachineryPlatform) {
    this.#platform = platform;
  }

  /** Before each window of a batch. */
  async refresh(env: LedgeEnv): Promise<void> {
    const { nowMs } = this.#platform;
    if (Math.abs(nowMs() - this.#askedAtMs) < KEPT_MS) return;
    // At once, so that other batches do not ask too: they go by the answer before.
    this.#askedAtMs = nowMs();
    this.#messages = await this.#ask(env);
  }

  refusal(): Failure | undefined {
    return this.#messages > BACKLOG_MAX ? heldUp(this.#messages) : undefined;
  }

  async #ask(env: LedgeEnv): Promise<number> {
    const { backlog, log } = this.#platform;
    try {
      return await withDeadline(backlog(env), ANSWER_MS_MAX, 'The queue did not answer in time.');
    } catch (error) {
      log('warn', { operation: 'backlog', error });
      return 0;
    }
  }
}

function heldUp(backlog: number): Failure {
  return {
    outcome: 'unavailable',
    detail: `The read models are ${backlog} messages behind, and batches wait for them. Nothing was done. Single commands are executed.`,
    retryAfterSeconds: withJitter(RETRY_AFTER_SECONDS),
    backlog,
  };
}
