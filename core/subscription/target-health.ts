/**
 * Whether a target takes anything. Where it fails for several streams in a row, with no success between them, it is
 * *broken*: then one event at a time is tried, at growing intervals, until one is delivered (a circuit breaker). A stream
 * that fails alone breaks nothing.
 */
import { type Backoff, backoff } from '../values/backoff.ts';
import { withStableJitter } from '../values/jitter.ts';

/** Our value: fewer streams may fail for reasons of their own. */
const BROKEN_STREAMS = 5;

/** Ours: how soon a target that is mended is noticed. */
const PROBE_AFTER_MS: Backoff = { first: 10_000, max: 300_000 };

export interface TargetHealth {
  /** The time of the first failure since the last success. */
  readonly failingSinceMs: number | null;
  /** The streams that have failed since then, as many as decide. */
  readonly failing: readonly string[];
  /** The probes that have failed. */
  readonly probes: number;
  /** Before it nothing is sent: the next probe of a broken target, or the end of what `Retry-After` asked for. */
  readonly quietUntilMs: number;
}

export const HEALTHY: TargetHealth = {
  ...{ failingSinceMs: null, failing: [], probes: 0, quietUntilMs: 0 },
};

export function isBroken({ failing }: TargetHealth): boolean {
  return failing.length >= BROKEN_STREAMS;
}

/** `stream`: whose event has failed. `retryAfterMs`: how long the target asks to be left alone. */
export function afterFailure(
  health: TargetHealth,
  { stream, nowMs, retryAfterMs = 0 }: { stream: string; nowMs: number; retryAfterMs?: number },
): TargetHealth {
  const failing = [...new Set([...health.failing, stream])].slice(0, BROKEN_STREAMS);
  const failed = { ...health, failingSinceMs: health.failingSinceMs ?? nowMs, failing };
  const quietMs = Math.max(retryAfterMs, isBroken(failed) ? probeDelayMs(health, stream) : 0);
  return {
    ...failed,
    probes: isBroken(failed) ? health.probes + 1 : 0,
    quietUntilMs: Math.max(health.quietUntilMs, quietMs === 0 ? 0 : nowMs + quietMs),
  };
}

function probeDelayMs({ probes }: TargetHealth, stream: string): number {
  return withStableJitter(backoff(PROBE_AFTER_MS, probes + 1), `${stream} ${probes}`);
}
