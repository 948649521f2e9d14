/**
 * From which export a deployment is restored: a stream of Ledge's own, `ledge.restore/export`. The first restore claims the
 * deployment, so that two exports are never mixed in it; the same one goes on however often it is run.
 */
import * as z from 'zod';
import { OWN_AGGREGATE_PREFIX, OWN_TENANT } from '../access/own-tenant.ts';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept, reject } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import type { StreamAddress } from '../aggregate/stream.ts';

/** The digest of its parts. */
const claim = z.strictObject({ export: z.string() });

interface Restore {
  readonly claimedBy: string | null;
}

export const restoredExport = defineAggregate({
  name: `${OWN_AGGREGATE_PREFIX}restore`,
  events: { DeploymentClaimed: event(claim) },
  commands: { ClaimDeployment: claim },
  initialState: (): Restore => ({ claimedBy: null }),
  evolve: { DeploymentClaimed: (_state, { data }) => ({ claimedBy: data.export }) },
  decide: {
    ClaimDeployment: (data, { claimedBy }) => {
      if (claimedBy === data.export) return accept();
      if (claimedBy !== null) return reject('claimed-by-another-export');
      return accept({ type: 'DeploymentClaimed', data });
    },
  },
});

export const restoredExportAddress: StreamAddress = {
  tenant: OWN_TENANT,
  aggregate: restoredExport.name,
  id: 'export',
};
