/** How long to wait before asking again. Pure: the clock and the dice are arguments. */
import { backoff } from '../core/values/backoff.ts';

/** Chosen by us: half a minute between attempts is patience enough for a restart. */
const BACKOFF_MS_MAX = 30_000;
/** Chosen by us: a server that asks for more is asked again after five minutes. */
const RETRY_AFTER_MS_MAX = 300_000;

/**
 * Doubles with every attempt, but never less than the server asked for. Varies by half, so that lanes that failed
 * together do not return together; `dice` is from 0 to 1.
 */
export function backoffMs(
  attempt: number,
  { baseMs, askedMs, dice }: { baseMs: number; askedMs: number; dice: number },
): number {
  const fullMs = backoff({ first: baseMs, max: BACKOFF_MS_MAX }, attempt);
  return Math.max(fullMs * (0.5 + dice / 2), Math.min(askedMs, RETRY_AFTER_MS_MAX));
}

/** `Retry-After` in either form of RFC 9110, seconds or a date; 0 when absent or unreadable. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.max(ms, 0);
}
