/** The stream of a tenant: its address, and the state that its object answers. */
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { type TenantState, tenant } from '../../core/access/tenant.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import type { LedgeEnv } from './env.ts';
import { aggregateStub } from './object-stubs.ts';

export function tenantAddress(name: string): StreamAddress {
  return { tenant: OWN_TENANT, aggregate: tenant.name, id: name };
}

export async function readTenantState(env: LedgeEnv, name: string): Promise<TenantState> {
  const { state } = await aggregateStub(env, tenantAddress(name)).currentState();
  // What the stream of a tenant folds into.
  return state as TenantState;
}
