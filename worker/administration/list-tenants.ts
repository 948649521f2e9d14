/** A page of tenants, the newest first: their names from the list's stream, their states from their objects. */
import { listedTenant } from '../../core/access/tenant-list.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { ListedTenantView, TenantPage } from '../../core/operator-shapes/tenant.ts';
import { isOfDeployment, platformAdminOnly } from '../http/refused-by-need.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { readTenantState } from '../runtime/tenant-state.ts';
import { type ListPageInput, listPage } from './list-page.ts';
import { type TenantAdministration, tenantListAddress, viewOf } from './manage-tenants.ts';

export async function listTenants(
  { env, caller }: TenantAdministration,
  input: ListPageInput,
): Promise<TenantPage | Failure> {
  if (!isOfDeployment(caller)) return platformAdminOnly;
  const page = await listPage(env, tenantListAddress, ['tenants'], input);
  if ('outcome' in page) return page;
  const tenants = await Promise.all(page.events.map((event) => listed(env, event)));
  const { cursor } = page;
  return { tenants: tenants.flatMap((one) => one ?? []), ...(cursor !== undefined && { cursor }) };
}

/** Undefined where provisioning ended between the list and the tenant's own stream. */
async function listed(
  env: LedgeEnv,
  { data, recordedAt, metadata }: StoredEvent,
): Promise<ListedTenantView | undefined> {
  const { tenant } = listedTenant.parse(data);
  const state = await readTenantState(env, tenant);
  if (state.status === 'unknown') return undefined;
  const by = { provisionedAt: recordedAt, provisionedBy: metadata.actor };
  return { ...viewOf(tenant, state), ...by };
}
