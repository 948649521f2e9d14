/**
 * Counts the streams that principals of the class `low` begin. It is known after the outcome that one was begun, so the
 * next commands of a principal over the limit are refused, all of them, until the window has passed. The isolate that
 * counted it knows that alone: a principal begins more than the limit by what was under way, and by one in each isolate.
 */
import type { Failure, Outcome } from '../../core/aggregate/outcome.ts';
import { BoundedMap } from '../../core/values/bounded-map.ts';
import { countedBy, overLimit, principalKey, type RateLimits } from '../access/rate-limits.ts';
import type { AuthorizedCaller } from '../http/api-types.ts';
import type { LedgeEnv } from '../runtime/env.ts';

/** Ours. The principal that was refused first makes room. */
const REFUSED_MAX = 10_000;

type Begun = Pick<AuthorizedCaller, 'tenant' | 'actor' | 'network' | 'limits'>;

export class NewStreams {
  readonly #rates: RateLimits;
  readonly #nowMs: () => number;
  readonly #refusedUntilMs = new BoundedMap<string, number>(REFUSED_MAX);

  constructor(rates: RateLimits, nowMs: () => number) {
    this.#rates = rates;
    this.#nowMs = nowMs;
  }

  /** Before a command is sent. */
  refusal(caller: Begun): Failure | undefined {
    const leftMs = (this.#refusedUntilMs.get(principalKey(caller)) ?? 0) - this.#nowMs();
    if (leftMs <= 0) return undefined;
    const { scope } = countedBy(caller);
    const over = overLimit('RATE_STREAMS', { limit: 'streams', scope });
    return { ...over, retryAfterSeconds: Math.ceil(leftMs / 1_000) };
  }

  /** After the outcomes of one stream. */
  async count(env: LedgeEnv, caller: Begun, outcomes: readonly Outcome[]): Promise<void> {
    if (caller.limits.class !== 'low' || !outcomes.some(isBegun)) return;
    const counted = { binding: 'RATE_STREAMS', limit: 'streams', ...countedBy(caller) } as const;
    const over = await this.#rates.count(env, counted);
    if (over?.outcome !== 'too-many-requests') return;
    this.#refusedUntilMs.put(counted.key, this.#nowMs() + over.retryAfterSeconds * 1_000);
  }
}

/** With its first events; or with a rejection alone, which makes an object all the same. */
export function isBegun(outcome: Outcome): boolean {
  if (outcome.outcome === 'rejected') return outcome.version === 0 && !outcome.replayed;
  if (outcome.outcome !== 'accepted' || outcome.replayed) return false;
  const { version, events, eventsOmitted = 0 } = outcome;
  return version > 0 && version === events.length + eventsOmitted;
}
