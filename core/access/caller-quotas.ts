/** Which quotas a caller's uses are counted by: its own, from its roles, and its tenant's. */
import { ownValue } from '../values/own-value.ts';
import { knownRoles, type LimitedRoles } from './caller-limits.ts';
import type { CountedQuota, Quota } from './quota.ts';
import { type DeclaredQuotas, parseQuota, UNLIMITED, type UsageCounter } from './quota-text.ts';

export type CallerQuotas = { readonly [Counter in UsageCounter]: readonly CountedQuota[] };

export const noQuotas: CallerQuotas = { commands: [], streams: [], rows: [] };

interface QuotaCaller {
  readonly actor: string;
  readonly roles: readonly string[];
}

/**
 * The most generous quota of the caller's roles; a role without one has no limit. Where any role has one, what every
 * caller uses is counted for its tenant, so that the usage of a tenant is complete.
 */
export function quotasOf(
  access: LimitedRoles | undefined,
  { actor, roles }: QuotaCaller,
  ofTenant: DeclaredQuotas,
): CallerQuotas {
  const limits: Readonly<Record<string, DeclaredQuotas>> = access?.limits ?? {};
  // A request pays nothing for what is not declared.
  if (Object.keys(limits).length === 0 && Object.keys(ofTenant).length === 0) return noQuotas;
  const own = access ? knownRoles(access, roles).map((role) => ownValue(limits, role)) : [];
  const countedBy = (counter: UsageCounter): CountedQuota[] => {
    const isCounted = Object.values(limits).some((one) => one[counter] !== undefined);
    const tenant = quotaIn(ofTenant, counter) ?? (isCounted ? UNLIMITED : undefined);
    const principal = mostGenerous(own.map((one) => quotaIn(one ?? {}, counter)));
    return [
      ...(tenant ? [{ counter, principal: '', quota: tenant }] : []),
      ...(principal ? [{ counter, principal: actor, quota: principal }] : []),
    ];
  };
  return {
    commands: countedBy('commands'),
    streams: countedBy('streams'),
    rows: countedBy('rows'),
  };
}

function quotaIn(declared: DeclaredQuotas, counter: UsageCounter): Quota | undefined {
  const text = declared[counter];
  return text === undefined ? undefined : parseQuota(text);
}

/** Undefined: one of them has no limit, or there is none. */
function mostGenerous(quotas: readonly (Quota | undefined)[]): Quota | undefined {
  const limited = quotas.flatMap((quota) => quota ?? []);
  if (limited.length < quotas.length) return undefined;
  return limited.toSorted((one, other) => rateOf(other) - rateOf(one))[0];
}

function rateOf({ amount, windowMs }: Quota): number {
  return amount / windowMs;
}
