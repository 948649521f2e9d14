/**
 * The rate limits of the deployment, counted by bindings of the platform. What cannot be counted is not limited: a
 * limit protects the deployment from load, and grants nothing.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { Log } from '../../core/failures/log-line.ts';
import { type RateBinding, rateLimits } from '../../core/protocol/rate-limits.ts';
import type { LedgeEnv } from '../runtime/env.ts';

export type TooManyRequests = Extract<Failure, { outcome: 'too-many-requests' }>;

/** What is counted, and by which key. */
export interface Counted extends Pick<TooManyRequests, 'limit' | 'scope'> {
  readonly binding: RateBinding;
  readonly key: string;
}

/** Of a caller. */
export interface Identity {
  readonly tenant: string;
  readonly actor: string;
  /** Of a caller without a credential. */
  readonly network?: string | undefined;
}

export class RateLimits {
  readonly #log: Log;
  /** Logged once by each isolate. */
  readonly #missing = new Set<RateBinding>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Counts one more; a failure where it is over the limit. */
  async count(env: LedgeEnv, { binding, key, ...counted }: Counted): Promise<Failure | undefined> {
    const rate = env[binding];
    if (!rate) {
      this.#logMissing(binding);
      return undefined;
    }
    try {
      const { success } = await rate.limit({ key });
      return success ? undefined : overLimit(binding, counted);
    } catch (error) {
      this.#log('error', { operation: 'rate-limit', members: [binding], error });
      return undefined;
    }
  }

  #logMissing(binding: RateBinding): void {
    if (this.#missing.has(binding)) return;
    this.#missing.add(binding);
    const note = 'a binding of a rate limit is missing: what it would count is not limited';
    this.#log('warn', { operation: 'rate-limit', note, members: [binding] });
  }
}

/** The platform does not say when its window ends: after a whole one it has. */
export function overLimit(
  binding: RateBinding,
  { limit, scope }: Pick<TooManyRequests, 'limit' | 'scope'>,
): TooManyRequests {
  const { quota, windowSeconds } = rateLimits[binding];
  const retryAfterSeconds = windowSeconds;
  return { outcome: 'too-many-requests', limit, scope, quota, windowSeconds, retryAfterSeconds };
}

/** The principal and not its credential: a rotated key is of the same caller. A tenant has no slash in its name. */
export function principalKey({ tenant, actor, network }: Identity): string {
  return network === undefined ? `${tenant}/${actor}` : `${tenant}/${actor}/${network}`;
}

/** Callers without a credential are one principal, and many people: each of their networks is counted alone. */
export function countedBy(caller: Identity): Pick<Counted, 'key' | 'scope'> {
  const scope = caller.network === undefined ? 'principal' : 'address';
  return { key: principalKey(caller), scope };
}
