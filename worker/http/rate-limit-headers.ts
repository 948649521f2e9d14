/** The headers of a refusal for a limit, as draft-ietf-httpapi-ratelimit-headers-11 has them: structured fields. */
import type { Failure } from '../../core/aggregate/outcome.ts';

export function rateLimitHeaders({
  limit,
  quota,
  windowSeconds,
  retryAfterSeconds,
}: Extract<Failure, { outcome: 'too-many-requests' }>): Record<string, string> {
  const window = windowSeconds === undefined ? '' : `;w=${windowSeconds}`;
  return {
    'retry-after': String(retryAfterSeconds),
    'ratelimit-policy': `"${limit}";q=${quota}${window}`,
    ratelimit: `"${limit}";r=0;t=${retryAfterSeconds}`,
  };
}
