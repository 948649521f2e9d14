/** What is done about streams whose tenant has no data in a database: the directory is asked, and what it says is done. */
import type { StreamPosition } from '../../core/plan/plan-stream.ts';
import { undelivered } from '../incidents/undelivered.ts';
import type { Projector } from '../projector/projector.ts';
import type { AdvanceResult } from './projection-round.ts';
import { type SettledResidence, settleResidence } from './residence.ts';

/** Of the other streams and of tenants that have now moved in, the plans are made again. */
export async function settleAbsent(
  projector: Projector,
  positions: readonly StreamPosition[],
  tenants: readonly string[],
): Promise<AdvanceResult[]> {
  const settled = new Map<string, SettledResidence>();
  for (const tenant of tenants) settled.set(tenant, await settleResidence(projector, tenant));
  return Promise.all(
    positions.map(async (position): Promise<AdvanceResult> => {
      switch (settled.get(position.tenant)) {
        case 'erased':
          // Its events were on their way when the others were erased.
          await projector.eraseStream(position.tenant, position.stream);
          return { ...position, reason: 'erased' };
        case 'unknown':
          await projector.reportIncidents([undelivered(position, position.version, noTenant)]);
          return { ...position, reason: 'no-tenant' };
        default:
          return { ...position, reason: 'raced' };
      }
    }),
  );
}

const noTenant = new Error('The tenant is not provisioned.');
