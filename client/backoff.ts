/** The delay before a retry. Pure: clock and random number are arguments. */
import { backoff } from '../core/values/backoff.ts';

/** Our limit: a restart takes less than half a minute. */
const BACKOFF_MS_MAX = 30_000;
/** Our limit: a server that asks for a longer delay is asked again after five minutes. */
const RETRY_AFTER_MS_MAX = 300_000;

/**
 * Doubles with each attempt, and is never less than the server asked for. Varies by half, so that clients that failed
 * together do not retry together; `random` is from 0 to 1.
 */
export function backoffMs(
  attempt: number,
  { baseMs, askedMs, random }: { baseMs: number; askedMs: number; random: number },
): number {
  const fullMs = backoff({ first: baseMs, max: BACKOFF_MS_MAX }, attempt);
  return Math.max(fullMs * (0.5 + random / 2), Math.min(askedMs, RETRY_AFTER_MS_MAX));
}

/** `Retry-After` in either form of RFC 9110, seconds or a date; 0 if absent or invalid. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.max(ms, 0);
}
