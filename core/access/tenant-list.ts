/** The tenants of a deployment in the order in which they were provisioned: a stream of one event a tenant, as of keys. */
import * as z from 'zod';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import { OWN_AGGREGATE_PREFIX } from './own-tenant.ts';

/** Its event comes before the tenant's own: a tenant that is provisioned is listed, whatever fails in between. */
export const listedTenant = z.strictObject({ tenant: z.string() });

export const tenantList = defineAggregate({
  name: `${OWN_AGGREGATE_PREFIX}tenants`,
  events: { TenantListed: event(listedTenant) },
  commands: { ListTenant: listedTenant },
  /** The events are the list. */
  initialState: () => null,
  evolve: { TenantListed: (state) => state },
  decide: { ListTenant: (data) => accept({ type: 'TenantListed', data }) },
});

/** The one of its kind. */
export const TENANT_LIST_ID = 'main';
