/** What is due of tenants, at each tick of the cron: erasures, and the check of what a restored database says of them. */
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { ErasureProgress } from '../../core/operator-shapes/tenant.ts';
import { type OwnSender, sendOwnCommand } from '../commands/send-own-command.ts';
import { forgetTenant } from '../incidents/incidents.ts';
import { dismissSockets } from '../live/dismiss-sockets.ts';
import { Steps } from '../maintenance/steps.ts';
import { type ResidenceState, settleResidence } from '../projections/residence.ts';
import type { Projector } from '../projector/projector.ts';
import { quotaStub } from '../runtime/object-stubs.ts';
import { readTenantState, tenantAddress } from '../runtime/tenant-state.ts';
import { endErasing, eraseSome } from './erase-tenant.ts';
import { revokeKeys } from './revoke-keys.ts';

/** Ours: what one invocation does. */
const TENANTS_AT_ONCE = 20;
const PARTS_AT_ONCE = 10;

/** Of the events of an erasure. */
const ORIGIN = { actor: 'ledge:erasure' };

const DUE = `
  SELECT tenant, state FROM residence
  WHERE state NOT IN ('resident', 'erased') AND (state <> 'leaving' OR erase_at <= ?)
  ORDER BY tenant LIMIT ${TENANTS_AT_ONCE}`;

export type Eraser = Omit<OwnSender, 'origin'> & { readonly projector: Projector };

export async function tendTenants(by: Eraser): Promise<void> {
  const { database, nowMs } = by.projector;
  const { results } = await database
    .prepare(DUE)
    .bind(nowMs())
    .all<{ tenant: string; state: ResidenceState }>();
  const steps = new Steps(by.platform.log);
  for (const { tenant, state } of results) {
    await steps.run('tend-tenant', async () => {
      const isDue = state !== 'unchecked';
      const erased = isDue ? await eraseTenant(by, tenant) : undefined;
      // Cancelled, and the database was not notified; or restored.
      if (!erased || 'outcome' in erased) await settleResidence(by.projector, tenant);
    });
  }
  steps.end();
}

/** Does a part of an erasure that is due: the next call goes on. */
export async function eraseTenant(by: Eraser, tenant: string): Promise<ErasureProgress | Failure> {
  const { projector } = by;
  const begun = await send(by, tenant, 'BeginErasure', {});
  if (begun) return begun;
  await settleResidence(projector, tenant);
  for (let part = 0; part < PARTS_AT_ONCE; part++) {
    const erased = await eraseSome(projector, tenant);
    if (erased === 'more') continue;
    const keys =
      erased && (await revokeKeys({ ...by, origin: ORIGIN }, projector.database, tenant));
    if (keys === 'more') continue;
    if (erased) {
      await forgetTenant(by.env, tenant);
      await quotaStub(by.env, tenant).eraseUsage();
      await dismissSockets(by.env, { app: projector.app, platform: by.platform }, tenant, {});
      const ended = await send(by, tenant, 'EndErasure', { ...erased, keys: keys ?? 0 });
      if (ended) return ended;
      await endErasing(projector, tenant);
    }
    return progressOf(by, tenant);
  }
  return progressOf(by, tenant);
}

const COUNTS = `
  SELECT streams, subjects, events, rows, dead_letters AS deadLetters, keys, objects FROM erasure WHERE tenant = ?`;

async function progressOf(
  { env, projector }: Eraser,
  tenant: string,
): Promise<ErasureProgress | Failure> {
  const state = await readTenantState(env, tenant);
  const under = await projector.database
    .prepare(COUNTS)
    .bind(tenant)
    .first<ErasureProgress['counts']>();
  if (under) return { tenant, done: false, counts: under };
  if (state.status === 'erased') return { tenant, done: true, counts: state.counts };
  return { outcome: 'unknown', what: 'erasure of the tenant', name: tenant };
}

function send(
  { env, platform }: Eraser,
  tenant: string,
  name: 'BeginErasure' | 'EndErasure',
  data: object,
): Promise<Failure | undefined> {
  return sendOwnCommand({ env, platform, origin: ORIGIN }, tenantAddress(tenant), name, data);
}
