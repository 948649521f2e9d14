/** The caller of a request, once its tenant is in the directory and lets it in. */
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { type CredentialCheck, callerOf } from './authenticate-caller.ts';
import type { AuthorizedCaller } from './check-access.ts';
import { inNamedTenant } from './named-tenant.ts';
import type { Need } from './need.ts';
import type { PublicAccess } from './public-access.ts';
import { unavailableBy } from './unavailable.ts';

export type AdmittedCaller = Omit<AuthorizedCaller, 'rights'>;

export interface CallerCheck extends CredentialCheck {
  /** Callers without a credential; undefined: such callers get 401. */
  readonly anyone: PublicAccess | undefined;
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
  const caller = anyone && isAnyone ? anyone.caller : found;
  // The tenant of local development is in no directory.
  if ('outcome' in caller || caller.isUnrestricted) return { suspension: null, ...caller };
  const { platform, tenants } = check.machinery;
  try {
    const admission = await tenants.admission(env, caller);
    if ('outcome' in admission) return admission;
    const placed = await inNamedTenant(tenants, env, caller, need, request);
    return 'outcome' in placed ? placed : { ...placed, ...admission };
  } catch (error) {
    platform.log('error', { operation: 'authenticate', error });
    return unavailableBy(error) ?? { outcome: 'failed' };
  }
}
