/** What is done about streams whose tenant has no data in a database: the directory is asked, and what it says is done. */

import { MisplacedTenant } from '../../core/failures/misplaced-tenant.ts';
import type { StreamPosition } from '../../core/plan/plan-stream.ts';
import { undelivered } from '../incidents/undelivered.ts';
import type { Projector } from '../projector/projector.ts';
import { type AdvanceResult, raced } from './projection-round.ts';
import { inDirectory, type SettledResidence, settleAs } from './residence.ts';

type SettledTenant = SettledResidence | MisplacedTenant | 'stuck';

/**
 * Of the other streams, and of tenants that have now moved in, the plans are made again. An object that does not answer,
 * of a tenant or of a stream to erase, holds back its own streams alone.
 *
 * @throws D1's errors
 */
export async function settleAbsent(
  projector: Projector,
  positions: readonly StreamPosition[],
  tenants: readonly string[],
): Promise<AdvanceResult[]> {
  const settled = new Map<string, SettledTenant>();
  for (const tenant of tenants) settled.set(tenant, await settledTenant(projector, tenant));
  return Promise.all(
    positions.map(async (position): Promise<AdvanceResult> => {
      const residence = settled.get(position.tenant);
      if (residence instanceof MisplacedTenant) {
        return heldBack(projector, position, 'stuck', residence);
      }
      switch (residence) {
        case 'erased':
          return eraseBehind(projector, position);
        case 'unknown':
          return heldBack(projector, position, 'no-tenant', noTenant);
        case 'stuck':
          return heldBack(projector, position, 'stuck', unread);
        default:
          return raced(position);
      }
    }),
  );
}

async function settledTenant(projector: Projector, tenant: string): Promise<SettledTenant> {
  const directory = await inDirectory(projector, tenant).catch((error: unknown) => {
    projector.log('warn', { operation: 'read-tenant', tenant, error });
    return 'stuck' as const;
  });
  return directory === 'stuck' ? directory : settleAs(projector, tenant, directory);
}

/** Its events were on their way when the others were erased. */
async function eraseBehind(projector: Projector, position: StreamPosition): Promise<AdvanceResult> {
  const { tenant, stream } = position;
  try {
    await projector.eraseStream(tenant, stream);
    return { ...position, reason: 'erased' };
  } catch (error) {
    projector.log('warn', { operation: 'erase-stream', tenant, stream, error });
    return heldBack(projector, position, 'stuck', error);
  }
}

async function heldBack(
  projector: Projector,
  position: StreamPosition,
  reason: 'no-tenant' | 'stuck',
  error: unknown,
): Promise<AdvanceResult> {
  await projector.reportIncidents([undelivered(position, position.version, error)]);
  return { ...position, reason };
}

const noTenant = new Error('The tenant is not provisioned.');
const unread = new Error('The directory of tenants cannot be read.');
