/** Whether and when a request is retried. Pure: clock and random number are arguments. */
import { backoffMs } from './backoff.ts';

/** How often, and how long, a request is tried again. */
export interface RetryPolicy {
  /** The maximum number of attempts. */
  readonly attemptsMax: number;
  /** No attempt begins later than this after the first one began. */
  readonly elapsedMsMax: number;
  /** The time limit of one attempt. */
  readonly attemptMsMax: number;
  /** The first delay; each further one is twice as long, up to half a minute. */
  readonly baseMs: number;
}

/** Our values: long enough for a deployment or a restart, short enough for a waiting user. */
export const defaultRetryPolicy: RetryPolicy = {
  attemptsMax: 8,
  elapsedMsMax: 60_000,
  attemptMsMax: 15_000,
  baseMs: 200,
};

/** The attempts so far. */
export interface AttemptHistory {
  /** 1 after the first. */
  readonly attempts: number;
  readonly elapsedMs: number;
  /** The delay that the server asked for; 0 if none. */
  readonly askedMs: number;
  readonly random: number;
}

/** The delay before the next attempt; undefined if there is none. */
export function nextWaitMs(policy: RetryPolicy, attempted: AttemptHistory): number | undefined {
  const { attempts, elapsedMs, askedMs, random } = attempted;
  const waitMs = backoffMs(attempts, { baseMs: policy.baseMs, askedMs, random });
  const isOver = attempts >= policy.attemptsMax || elapsedMs + waitMs > policy.elapsedMsMax;
  return isOver ? undefined : waitMs;
}

/** Whether a retry can help: the fault was the server's or the network's, and not the request's. */
export function isTransient(status: number): boolean {
  return status >= 500 || status === 429 || status === 408 || status === 425;
}
