/**
 * What an administrator does with tenants. One of Ledge's own tenant manages all of them; one of another tenant sees its
 * own, and blocks principals in it.
 */
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { TenantState } from '../../core/access/tenant.ts';
import { TENANT_LIST_ID, tenantList } from '../../core/access/tenant-list.ts';
import { type Failure, invalid, wrongState } from '../../core/aggregate/outcome.ts';
import { isIdentifier, type StreamAddress } from '../../core/aggregate/stream.ts';
import { schedulesOf } from '../../core/app.ts';
import type { ErasureProgress, TenantView } from '../../core/operator-shapes/tenant.ts';
import { FIRST_DATABASE } from '../../core/protocol/deployment-names.ts';
import type { TenantCommand } from '../api/inputs/tenants.ts';
import {
  type OwnSender,
  outcomeFailure,
  ownCommandOutcome,
  sendOwnCommand,
} from '../commands/send-own-command.ts';
import { type AuthenticatedCaller, commandOrigin } from '../http/authenticate-caller.ts';
import { isOfDeployment, platformAdminOnly } from '../http/refused-by-need.ts';
import { dismissSockets } from '../live/dismiss-sockets.ts';
import { hasResidence, settleResidence } from '../projections/residence.ts';
import { type Projector, projectorFor } from '../projector/projector.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { readTenantState, tenantAddress } from '../runtime/tenant-state.ts';
import { eraseTenant } from '../tenants/tend-tenants.ts';

export interface TenantAdministration {
  readonly env: LedgeEnv;
  readonly machinery: Machinery;
  readonly caller: AuthenticatedCaller;
}

export const tenantListAddress: StreamAddress = {
  tenant: OWN_TENANT,
  aggregate: tenantList.name,
  id: TENANT_LIST_ID,
};

export type KnownTenantState = Exclude<TenantState, { status: 'unknown' }>;

/** What a tenant's own administrator may do to it. */
const OWN_OPERATIONS: readonly string[] = ['BlockPrincipal', 'UnblockPrincipal'];

const RESIDENCE_COMMANDS: readonly TenantCommand[] = ['ScheduleErasure', 'CancelErasure'];

interface Provisioning {
  readonly tenant: string;
  readonly note: string;
  readonly database: string;
}

/** A repeat changes nothing, and completes one that was interrupted. */
export async function provisionTenant(
  by: TenantAdministration,
  { tenant, ...provisioning }: Provisioning,
): Promise<TenantView | Failure> {
  if (!isOfDeployment(by.caller)) return platformAdminOnly;
  const { database } = provisioning;
  const unfit = await unfitDatabase(by, tenant, database);
  if (unfit) return unfit;
  const { jurisdiction } = by.machinery.databases.named(by.env, database);
  // Listed once, however often, and by how many at the same time.
  const once = { idempotencyKey: `tenant:${tenant}` };
  const sender = senderOf(by);
  const listed = await ownCommandOutcome(sender, tenantListAddress, 'ListTenant', { tenant }, once);
  const failure =
    outcomeFailure(listed) ??
    (await sendOwnCommand(sender, tenantAddress(tenant), 'ProvisionTenant', {
      ...provisioning,
      jurisdiction,
    }));
  if (failure) return failure;
  // Its schedules begin now, and not with its first events.
  if (schedulesOf(by.machinery.app).length > 0) {
    await settleResidence(await projectorOf(by, tenant), tenant);
  }
  return shownTenant(by, tenant);
}

/**
 * Why a tenant cannot begin to live in a database. Where all tenants are open, or in local development, one may have its
 * data in the first database before it is provisioned, and nothing moves it.
 */
async function unfitDatabase(
  { env, machinery }: TenantAdministration,
  tenant: string,
  database: string,
): Promise<Failure | undefined> {
  const { databases } = machinery;
  if (!databases.isBound(env, database)) {
    return invalid('/database', `The Worker has no binding ${database} of a D1 database.`);
  }
  if (database === FIRST_DATABASE) return undefined;
  const { status } = await readTenantState(env, tenant);
  const isNew = status === 'unknown';
  if (!isNew || !(await hasResidence(databases.first(env).database, tenant))) return undefined;
  return wrongState(`The tenant has its data in ${FIRST_DATABASE} already. Nothing moves it.`);
}

/** Does one thing to a tenant, and returns what it is then. */
export async function changeTenant(
  by: TenantAdministration,
  tenant: string,
  name: TenantCommand,
  data: object,
): Promise<TenantView | Failure> {
  const before = await shownTenant(by, tenant);
  if ('outcome' in before) return before;
  if (!isOfDeployment(by.caller) && !OWN_OPERATIONS.includes(name)) return platformAdminOnly;
  const failure = await sendOwnCommand(senderOf(by), tenantAddress(tenant), name, data);
  if (failure) return failure;
  await dismissRefused(by, tenant, name, data);
  // Where the erasure is due, the database that has the tenant has to know.
  if (RESIDENCE_COMMANDS.includes(name)) {
    await settleResidence(await projectorOf(by, tenant), tenant);
  }
  return shownTenant(by, tenant);
}

/** Sockets that are refused within ten seconds anyway. */
async function dismissRefused(
  { env, machinery }: TenantAdministration,
  tenant: string,
  name: TenantCommand,
  data: { readonly principal?: string; readonly mode?: string },
): Promise<void> {
  const { principal, mode } = data;
  if (name === 'BlockPrincipal') await dismissSockets(env, machinery, tenant, { principal });
  else if (mode === 'closed') await dismissSockets(env, machinery, tenant, {});
}

async function projectorOf(
  { machinery, env }: TenantAdministration,
  tenant: string,
): Promise<Projector> {
  return projectorFor(machinery, env, await machinery.databases.of(env, tenant));
}

/** A part of the erasure, once it is due: the cron does the same, and a repeat goes on. */
export async function eraseNow(
  by: TenantAdministration,
  tenant: string,
): Promise<ErasureProgress | Failure> {
  const before = await shownTenant(by, tenant);
  if ('outcome' in before) return before;
  if (!isOfDeployment(by.caller)) return platformAdminOnly;
  const { env, machinery } = by;
  return eraseTenant({ env, ...machinery, projector: await projectorOf(by, tenant) }, tenant);
}

/** Another tenant is as unknown as one that was never provisioned. */
export async function shownTenant(
  { env, caller }: TenantAdministration,
  name: string,
): Promise<TenantView | Failure> {
  const isSeen = isIdentifier(name) && (isOfDeployment(caller) || caller.tenant === name);
  const state = isSeen ? await readTenantState(env, name) : { status: 'unknown' as const };
  if (state.status === 'unknown') return { outcome: 'unknown', what: 'tenant', name };
  return viewOf(name, state);
}

export function viewOf(tenant: string, state: KnownTenantState): TenantView {
  const { note, database, jurisdiction } = state;
  const none = {
    database,
    jurisdiction,
    suspension: null,
    brake: null,
    quotas: {},
    blocked: [],
    eraseAt: null,
    erased: null,
  };
  if (state.status === 'erasing') return { ...none, tenant, status: 'erasing', note };
  if (state.status === 'erased') {
    return { ...none, tenant, status: 'erased', note, erased: state.counts };
  }
  const { suspension, brake, quotas, blocked, eraseAt } = state;
  const status = suspension ? 'suspended' : 'active';
  return { ...none, tenant, status, note, suspension, brake, quotas, blocked, eraseAt };
}

function senderOf({ env, machinery, caller }: TenantAdministration): OwnSender {
  return { env, platform: machinery.platform, origin: commandOrigin(caller) };
}
