/** Whether a request is sent again, and when. Pure: the clock and the dice are arguments. */
import { backoffMs } from './backoff.ts';

export interface RetryPolicy {
  /** How often a request is sent at most. */
  readonly attemptsMax: number;
  /** No attempt begins later than this after the first one did. */
  readonly elapsedMsMax: number;
  /** An attempt that has no answer by then is given up. */
  readonly attemptMsMax: number;
  /** The first wait; each further one is twice as long, up to half a minute. */
  readonly baseMs: number;
}

/** Chosen by us: long enough for a deployment or a restart, short enough for a user who waits. */
export const patience: RetryPolicy = {
  attemptsMax: 8,
  elapsedMsMax: 60_000,
  attemptMsMax: 15_000,
  baseMs: 200,
};

/** What is known after an attempt. */
export interface AttemptHistory {
  /** 1 after the first. */
  readonly attempts: number;
  readonly elapsedMs: number;
  /** What the server asked for; 0 when it asked for nothing. */
  readonly askedMs: number;
  readonly dice: number;
}

/** Undefined: enough is enough. */
export function nextWaitMs(policy: RetryPolicy, attempted: AttemptHistory): number | undefined {
  const { attempts, elapsedMs, askedMs, dice } = attempted;
  const waitMs = backoffMs(attempts, { baseMs: policy.baseMs, askedMs, dice });
  const isOver = attempts >= policy.attemptsMax || elapsedMs + waitMs > policy.elapsedMsMax;
  return isOver ? undefined : waitMs;
}

/** Worth asking again: the server was the trouble, or the way to it, and not what was asked. */
export function isTransient(status: number): boolean {
  return status >= 500 || status === 429 || status === 408 || status === 425;
}
