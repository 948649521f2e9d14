/**
 * The caller of a request, within the rate of its class and the brake of its tenant, once that is in the directory and
 * lets it in.
 */
import { type CallerLimits, limitsOf, unlimited } from '../../core/access/caller-limits.ts';
import { noQuotas, quotasOf } from '../../core/access/caller-quotas.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { quotaOfBrake } from '../../core/access/tenant-brake.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { Quotas } from '../access/quotas.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import type { NamedPlace } from '../runtime/databases.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { AuthorizedCaller } from './api-types.ts';
import { type AuthenticatedCaller, type CredentialCheck, callerOf } from './authenticate-caller.ts';
import { inNamedTenant } from './named-tenant.ts';
import type { Need } from './need.ts';
import type { PublicAccess } from './public-access.ts';
import { networkIn, overRequests } from './request-limits.ts';
import { unavailableBy } from './unavailable.ts';

export type AdmittedCaller = Omit<AuthorizedCaller, 'rights'>;

export interface CallerCheck extends CredentialCheck {
  /** Callers without a credential; undefined: such callers get 401. */
  readonly anyone: PublicAccess | undefined;
  readonly rates: RateLimits;
  readonly quotas: Quotas;
}

export async function admittedCaller(
  check: CallerCheck,
  request: Request,
  env: LedgeEnv,
  need: Need,
): Promise<AdmittedCaller | Failure> {
  const found = await callerOf(check, request, env);
  const { anyone } = check;
  const isAnyone = 'outcome' in found && anyone?.admits(found, request);
  const caller = anyone && isAnyone ? { ...anyone.caller, network: networkIn(request) } : found;
  if ('outcome' in caller) return caller;
  // Why a tenant is closed is its callers' to read.
  const closed = isAnyone && 'outcome' in found ? found : undefined;
  return admitted(check, caller, { request, env, need, closed });
}

interface Admitting {
  readonly request: Request;
  readonly env: LedgeEnv;
  readonly need: Need;
  /** The failure in the place of that of a tenant that lets nothing in. */
  readonly closed?: Failure | undefined;
  /** Left out: those of the caller's roles. */
  readonly limits?: CallerLimits;
}

/** A caller that is known, by its credential or by its signature. */
export async function admitted(
  check: Pick<CallerCheck, 'machinery' | 'rates' | 'quotas'>,
  caller: AuthenticatedCaller,
  { request, env, need, closed, ...given }: Admitting,
): Promise<AdmittedCaller | Failure> {
  // The tenant of local development is in no directory, and its caller is not limited.
  const { access, databases, platform, tenants } = check.machinery;
  if (caller.isUnrestricted) {
    const place = namedPlace(await databases.of(env, caller.tenant));
    return { ...caller, place, suspension: null, limits: unlimited, quotas: noQuotas };
  }
  const limits = given.limits ?? limitsOf(access, caller.roles);
  const limited = await overRequests(check.rates, env, caller, limits);
  if (limited) return limited;
  try {
    const admission = await tenants.admission(env, caller);
    if ('outcome' in admission) return closed ?? admission;
    const { suspension, brake, quotas: ofTenant } = admission;
    const braked = brake && (await check.quotas.take(env, caller.tenant, [quotaOfBrake(brake)]));
    if (braked) return braked;
    const placed = await inNamedTenant(tenants, env, caller, need, request);
    if ('outcome' in placed) return placed;
    // What an operator of the deployment does in a tenant is not the tenant's use.
    const isCounted = caller.tenant !== OWN_TENANT;
    const quotas = isCounted ? quotasOf(access, caller, ofTenant) : noQuotas;
    // What the directory has just answered: a request asks it no second time.
    const placement = placed.isVisiting
      ? await databases.of(env, placed.tenant)
      : databases.placed(env, admission.place);
    return { ...placed, place: namedPlace(placement), suspension, limits, quotas };
  } catch (error) {
    platform.log('error', { operation: 'authenticate', error });
    return unavailableBy(error) ?? { outcome: 'failed' };
  }
}

function namedPlace({ index, of, name }: NamedPlace): NamedPlace {
  return { index, of, name };
}
