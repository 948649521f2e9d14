/**
 * The header `Ledge-Tenant`, by which an operator of the deployment names the tenant that it operates. Nothing else in a
 * request names one, and no other caller may send it.
 */
import { operatedAreas } from '../../core/access/grants.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { isIdentifier } from '../../core/aggregate/stream.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { KnownTenants } from '../runtime/known-tenants.ts';
import type { AuthenticatedCaller } from './authenticate-caller.ts';
import type { Need } from './need.ts';

export const TENANT_HEADER = 'Ledge-Tenant';

const NAMING_NEEDS: readonly (Need | undefined)[] = [...operatedAreas, 'operator', 'auditor'];

/** The caller in the tenant that it names; the caller itself where it names none. */
export async function inNamedTenant(
  tenants: KnownTenants,
  env: LedgeEnv,
  caller: AuthenticatedCaller,
  need: Need | undefined,
  { method, headers }: Request,
): Promise<AuthenticatedCaller | Failure> {
  const named = headers.get(TENANT_HEADER);
  if (named === null) return caller;
  if (caller.tenant !== OWN_TENANT || !takesTenant(need, method)) return notForCaller;
  const isKnown = isIdentifier(named) && (await tenants.has(env, named));
  if (!isKnown) return { outcome: 'unknown', what: 'tenant', name: named };
  return { ...caller, tenant: named, isVisiting: true };
}

/** Where one tenant is operated, and where an operation of the whole deployment shows one. */
export function takesTenant(need: Need | undefined, method: string): boolean {
  return NAMING_NEEDS.includes(need) || (need === 'platform' && method === 'GET');
}

const notForCaller: Failure = {
  outcome: 'forbidden',
  detail: `Only an operator of the deployment sends ${TENANT_HEADER}, and only for what concerns one tenant: its sagas, timers, subjects, dead letters, incidents, imports of events, verification and audit trail.`,
};
