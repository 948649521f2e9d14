/**
 * The bindings that count requests. A Worker runs without them, unlimited; what a project deploys has them, with the
 * numbers that a refusal names, and each with counters of its own.
 */
import { rateBindings, rateLimits } from '../../core/protocol/rate-limits.ts';
import type { Project } from '../../migrations/project.ts';
import { placeOf } from './place.ts';

export function rateLimitFaults(project: Project): string[] {
  const { ratelimits = [] } = project.config;
  const place = placeOf(project);
  return rateBindings.flatMap((name) => {
    const binding = project.bindings[name];
    const { quota, windowSeconds } = rateLimits[name];
    const settings = `simple = { limit = ${quota}, period = ${windowSeconds} }`;
    const found = ratelimits.find((one) => one.name === binding);
    if (!found) {
      return [
        `The binding ${binding} of a rate limit is missing: add name "${binding}" with a namespace_id of its own and ${settings} to ratelimits in ${place}.`,
      ];
    }
    const { simple, namespace_id } = found;
    if (simple.limit !== quota || simple.period !== windowSeconds) {
      return [
        `The rate limit ${binding} is not what its refusals say: set ${settings} in ${place}.`,
      ];
    }
    const other = ratelimits.find((one) => one !== found && one.namespace_id === namespace_id);
    if (!other) return [];
    return [
      `The rate limits ${binding} and ${other.name} count together: give each a namespace_id of its own in ${place}.`,
    ];
  });
}
