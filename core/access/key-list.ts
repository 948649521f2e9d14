/**
 * The keys of a tenant in the order in which they were issued: a stream of one event a key, which is read page by page.
 * The list of the tenant `ledge` has the keys of all tenants. An object and not a table of D1, so that keys are listed
 * and revoked while D1 is down, and so that an app has no table more for them.
 */
import * as z from 'zod';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import { OWN_AGGREGATE_PREFIX } from './own-tenant.ts';

/** Its event comes before the key's own: a key that is issued is listed, whatever fails in between. */
export const listedKey = z.strictObject({ key: z.string() });

export const keyList = defineAggregate({
  name: `${OWN_AGGREGATE_PREFIX}keys`,
  events: { KeyListed: event(listedKey) },
  commands: { ListKey: listedKey },
  /** The events are the list. */
  initialState: () => null,
  evolve: { KeyListed: (state) => state },
  decide: { ListKey: (data) => accept({ type: 'KeyListed', data }) },
});
