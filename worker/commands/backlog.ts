/**
 * Back-pressure: while a stream's queue is far behind, its lines of batches are held up, and single commands go on. An
 * isolate that runs a batch asks all queues once in a second; a queue that does not answer holds up nothing.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { withDeadline } from '../../durable-objects/with-deadline.ts';
import { withJitter } from '../http/unavailable.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { type DatabasePlace, eventQueues, queueOf } from '../runtime/event-queues.ts';
import type { MachineryPlatform } from '../runtime/machinery.ts';

/** Ours, in messages of one queue: some minutes of its consumer's work. */
const BACKLOG_MAX = 100_000;

/** Ours: a batch brings some thousand events in this time. */
const KEPT_MS = 1_000;

/** Ours. The platform sets no limit of its own. */
const ANSWER_MS_MAX = 2_000;

/** Ours, chance comes on top: meanwhile the consumer works off some thousand messages. */
const RETRY_AFTER_SECONDS = 10;

interface LineCaller {
  readonly tenant: string;
  readonly place: DatabasePlace;
}

export class Backlog {
  readonly #platform: MachineryPlatform;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** What waits in each queue. */
  #messages: readonly number[] = [];

  constructor(platform: MachineryPlatform) {
    this.#platform = platform;
  }

  /** Before each window of a batch. */
  async refresh(env: LedgeEnv): Promise<void> {
    const { nowMs } = this.#platform;
    if (Math.abs(nowMs() - this.#askedAtMs) < KEPT_MS) return;
    // At once, so that other batches do not ask too: they go by the answer before.
    this.#askedAtMs = nowMs();
    const queues = eventQueues(env);
    this.#messages = await Promise.all(queues.map((_, queue) => this.#ask(env, queue)));
  }

  refusal(env: LedgeEnv, caller: LineCaller, stream: string): Failure | undefined {
    const { place, tenant } = caller;
    const messages = this.#messages[queueOf(env, place, tenant, stream)] ?? 0;
    return messages > BACKLOG_MAX ? heldUp(messages) : undefined;
  }

  async #ask(env: LedgeEnv, queue: number): Promise<number> {
    const { backlog, log } = this.#platform;
    try {
      const answer = backlog(env, queue);
      return await withDeadline(answer, ANSWER_MS_MAX, 'The queue did not answer in time.');
    } catch (error) {
      log('warn', { operation: 'backlog', error });
      return 0;
    }
  }
}

function heldUp(backlog: number): Failure {
  return {
    outcome: 'unavailable',
    detail: `The queue of this stream is ${backlog} messages behind, and batches wait for it. Nothing was done. Single commands are executed.`,
    retryAfterSeconds: withJitter(RETRY_AFTER_SECONDS),
    backlog,
  };
}
