/** What an attempt to deliver an event means, and when the event is tried again. Pure. */
import { type Backoff, backoff } from '../values/backoff.ts';
import { withStableJitter } from '../values/jitter.ts';

/**
 * `busy`: 429 or 503. `gone`: 410. `redirected`: 3xx, which is not followed. `refused`: any other 4xx. `failed`: any
 * other status, or an exception of a binding. `timed-out`, `unreachable`: without a status. `too-large`: for a message of a
 * queue, at every attempt.
 */
export const attemptResults = [
  ...(['delivered', 'busy', 'gone', 'redirected', 'refused', 'failed'] as const),
  ...(['timed-out', 'unreachable', 'too-large'] as const),
] as const;

export type DeliveryResult = (typeof attemptResults)[number];

/** What a target has answered. Never a body. */
export interface TargetAnswer {
  readonly result: DeliveryResult;
  /** Null: there was no response. */
  readonly status: number | null;
  readonly durationMs: number;
  /** How long the target asks to be left alone; at most an hour. */
  readonly retryAfterMs?: number;
}

export function resultOf(status: number): DeliveryResult {
  if (status >= 200 && status < 300) return 'delivered';
  if (status === 429 || status === 503) return 'busy';
  if (status === 410) return 'gone';
  if (status >= 300 && status < 400) return 'redirected';
  return status >= 400 && status < 500 ? 'refused' : 'failed';
}

/** Ours: a target that asks for more is asked again all the same. */
const RETRY_AFTER_MS_MAX = 3_600_000;

/** The header `Retry-After`: seconds, or a date. Undefined for what is neither. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), RETRY_AFTER_MS_MAX);
}

/** Ours: an event that failed once is tried again soon; a target that is mended gets it within the hour. */
const RETRY_AFTER_FAILURE_MS: Backoff = { first: 5_000, max: 1_800_000 };

/** Ours, as Standard Webhooks advises: a target may be down for a weekend. */
export const GIVEN_UP_AFTER_MS = 3 * 24 * 3_600_000;

/** The delay after so many failures of one event. */
export function retryDelayMs(
  event: string,
  failures: number,
  { retryAfterMs: askedMs = 0 }: Pick<TargetAnswer, 'retryAfterMs'> = {},
): number {
  const delayMs = withStableJitter(
    backoff(RETRY_AFTER_FAILURE_MS, failures),
    `${event} ${failures}`,
  );
  return Math.max(delayMs, askedMs);
}
