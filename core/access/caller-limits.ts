/** What the callers of a role may use at one time: the class of their requests, and what they hold open. */

import { ownValue } from '../values/own-value.ts';
import type { RoleQuotas } from './quota-text.ts';
import { parseQuota, QUOTA_RULE } from './quota-text.ts';
import { deploymentRoles, PUBLIC_ROLE } from './roles.ts';

/** `low` for people and browsers, `high` for programs: the rates are in `rate-limits.ts`. */
export type RateClass = 'low' | 'high';

/**
 * What is left out has the value of the class. Of `commands`, `streams` and `rows` there is no limit then; they are of a
 * principal, like `500/day`.
 */
export interface RoleLimits extends RoleQuotas {
  /** Left out: `high`, and `low` for the role `public`. */
  readonly class?: RateClass;
  /** Open sockets and event streams, in each Live object. */
  readonly sockets?: number;
  /** Different live queries, in each Live object. */
  readonly queries?: number;
  /** Feeds that wait and event streams, in each isolate of the Worker. */
  readonly polls?: number;
}

export type CallerLimits = Required<Omit<RoleLimits, keyof RoleQuotas>>;

/** Access rules, as far as they say who is limited. */
export interface LimitedRoles {
  readonly roles: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, RoleLimits>> | undefined;
}

/** Ours. `low`: some tabs of one person. `high`: a Live object takes 10,000 sockets and 2,000 different queries in all. */
const ofClass: Readonly<Record<RateClass, CallerLimits>> = {
  low: { class: 'low', sockets: 10, queries: 64, polls: 4 },
  high: { class: 'high', sockets: 1_000, queries: 1_000, polls: 100 },
};

/** Of local development. */
export const unlimited: CallerLimits = {
  class: 'high',
  sockets: Number.POSITIVE_INFINITY,
  queries: Number.POSITIVE_INFINITY,
  polls: Number.POSITIVE_INFINITY,
};

/**
 * The most generous of the caller's roles, limit by limit. A role that is unknown here grants nothing and raises no
 * limit: issuers put names of their own into their tokens.
 */
export function limitsOf(access: LimitedRoles | undefined, roles: readonly string[]): CallerLimits {
  const limits = access?.limits;
  // Without limits programs are expected, and people only where they send no credential.
  if (!limits) return ofClass[classOf(roles[0])];
  const declared = knownRoles(access, roles).map((role) =>
    completed(ownValue(limits, role), classOf(role)),
  );
  return declared.reduce(moreGenerous, declared[0] ?? ofClass.low);
}

/** Those of a caller that are defined, or the deployment's own. */
export function knownRoles({ roles: known }: LimitedRoles, roles: readonly string[]): string[] {
  return roles.filter(
    (role) => Object.hasOwn(known, role) || deploymentRoles.some((own) => own === role),
  );
}

function classOf(role: string | undefined): RateClass {
  return role === PUBLIC_ROLE ? 'low' : 'high';
}

function completed(limits: RoleLimits = {}, ofRole: RateClass): CallerLimits {
  const { class: given = ofRole, commands: _c, streams: _s, rows: _r, ...own } = limits;
  return { ...ofClass[given], ...own };
}

function moreGenerous(one: CallerLimits, other: CallerLimits): CallerLimits {
  return {
    class: one.class === 'high' ? one.class : other.class,
    sockets: Math.max(one.sockets, other.sockets),
    queries: Math.max(one.queries, other.queries),
    polls: Math.max(one.polls, other.polls),
  };
}

/** @throws Error for a role that is not defined, for a number that is no count, and for a text that is no quota */
export function checkLimits(
  roles: Readonly<Record<string, unknown>>,
  limits: Readonly<Record<string, RoleLimits>>,
): void {
  for (const [
    role,
    { class: given = 'high', commands, streams, rows, ...counts },
  ] of Object.entries(limits)) {
    if (!Object.hasOwn(roles, role)) {
      throw new Error(`The limits name the role ${role}, which is not defined.`);
    }
    if (!Object.hasOwn(ofClass, given)) {
      throw new Error(`The class of ${role} is ${given}. There are low and high.`);
    }
    const quotas = Object.entries({ commands, streams, rows });
    const noQuota = quotas.find(([, text]) => text !== undefined && !parseQuota(text));
    if (noQuota) {
      throw new Error(`The limit ${noQuota[0]} of ${role} is ${noQuota[1]}. ${QUOTA_RULE}`);
    }
    const wrong = Object.entries(counts).find(
      ([, count]) => !(Number.isInteger(count) && count >= 0),
    );
    if (wrong) throw new Error(`The limit ${wrong[0]} of ${role} is no count: ${wrong[1]}.`);
  }
}
