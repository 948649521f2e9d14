/** Counts requests by their principal, and refused credentials by the address that they come from. */
import type { CallerLimits } from '../../core/access/caller-limits.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { countedBy, type RateLimits } from '../access/rate-limits.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { AuthenticatedCaller } from './authenticate-caller.ts';

/** Undefined where the caller may go on. */
export function overRequests(
  limits: RateLimits,
  env: LedgeEnv,
  caller: AuthenticatedCaller,
  { class: rate }: CallerLimits,
): Promise<Failure | undefined> {
  return limits.count(env, {
    binding: rate === 'low' ? 'RATE_LOW' : 'RATE_HIGH',
    limit: 'requests',
    ...countedBy(caller),
  });
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
  // The platform sets it, whatever was sent. Another Worker of the account may have left it out.
  const address = headers.get(ADDRESS_HEADER);
  if (address === null) return refused;
  const counted = await limits.count(env, {
    binding: 'RATE_DENIED',
    key: networkOf(address),
    ...{ limit: 'refused-credentials', scope: 'address' },
  });
  return counted ?? refused;
}

const ADDRESS_HEADER = 'cf-connecting-ip';

/** What callers without a credential are counted by. */
export function networkIn({ headers }: Request): string {
  return networkOf(headers.get(ADDRESS_HEADER) ?? 'unknown');
}

/** An IPv6 address as the network of 64 bits that one customer of a provider has at least; another one as it is. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: Math.max(8 - head.length - tail.length, 0) }, () => '0');
  const groups = [...head, ...zeros, ...tail].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
