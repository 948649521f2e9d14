/** Counts requests by their principal, and refused credentials by the address that they come from. */
import type { CallerLimits } from '../../core/access/caller-limits.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { type Counted, principalKey, type RateLimits } from '../access/rate-limits.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { AuthenticatedCaller } from './authenticate-caller.ts';

/** By what the rates of a caller are counted. */
export type CountedBy = Pick<Counted, 'key' | 'scope'>;

/** Callers without a credential are one principal, and many people: each of their addresses is counted alone. */
export function countedByOf(caller: AuthenticatedCaller, headers: Headers): CountedBy {
  const key = principalKey(caller);
  const address = caller.isPublic ? addressIn(headers) : null;
  if (address === null) return { key, scope: 'principal' };
  return { key: `${key}/${networkOf(address)}`, scope: 'address' };
}

/** Undefined where the caller may go on. */
export function overRequests(
  limits: RateLimits,
  env: LedgeEnv,
  countedBy: CountedBy,
  { class: rate }: CallerLimits,
): Promise<Failure | undefined> {
  const binding = rate === 'low' ? 'RATE_LOW' : 'RATE_HIGH';
  return limits.count(env, { binding, limit: 'requests', ...countedBy });
}

/**
 * The failure of a caller that was not let in, or, over the limit, that there were too many. Guessed credentials alone
 * are counted: one that has expired was valid, and none at all is no guess.
 */
export async function limitedRefusal(
  limits: RateLimits,
  env: LedgeEnv,
  headers: Headers,
  refused: Failure,
): Promise<Failure> {
  if (refused.outcome !== 'unauthorized' || refused.why !== 'invalid') return refused;
  const address = addressIn(headers);
  if (address === null) return refused;
  const counted = await limits.count(env, {
    binding: 'RATE_DENIED',
    key: networkOf(address),
    ...{ limit: 'refused-credentials', scope: 'address' },
  });
  return counted ?? refused;
}

/** Set by the platform, whatever was sent. Another Worker of the account may have left it out. */
function addressIn(headers: Headers): string | null {
  return headers.get('cf-connecting-ip');
}

/** An IPv6 address as the network of 64 bits that one customer of a provider has at least; another one as it is. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: Math.max(8 - head.length - tail.length, 0) }, () => '0');
  const groups = [...head, ...zeros, ...tail].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
