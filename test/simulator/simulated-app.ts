/**
 * The shop as the simulator runs it: with snapshots of short streams, an aggregate with several timers due at one moment,
 * two with access rules, of which one has personal data, one whose events are acted on and published, and a reactor that
 * tries to change every event it is handed.
 */
import type { App } from '../../core/app.ts';
import { defineReactor } from '../../core/process/reactor.ts';
import { app } from '../shop/app.ts';
import { order } from '../shop/order.ts';
import { charge, charging } from '../workers/support/charging.ts';
import { member, members } from '../workers/support/members.ts';
import { bookings, payments } from './bookings.ts';
import { parcel, parcels } from './parcels.ts';
import { reminder } from './reminders.ts';

/** Its name sorts before every other generation, so that each of them would see its mutations. */
const mutator = defineReactor({
  name: 'a-mutator',
  from: [order],
  on: { order: { OrderPlaced: ({ data }) => changeInPlace(data) } },
});

export const simulatedApp: App = {
  ...app,
  aggregates: [...[...app.aggregates, parcel, member, charging].map(withEarlySnapshots), reminder],
  projections: [...app.projections, parcels, members],
  reactors: [mutator, ...(app.reactors ?? [])],
  actions: [charge],
  inbound: [bookings],
  publications: [payments],
};

/** A frozen value refuses it, which is as good as no change: the reactor wants nothing done. */
function changeInPlace(data: object): [] {
  const { lines }: { lines?: unknown } = data;
  try {
    if (Array.isArray(lines)) lines.pop();
    Object.assign(data, { customer: 'MUTAT' });
  } catch {}
  return [];
}

function withEarlySnapshots(aggregate: App['aggregates'][number]): App['aggregates'][number] {
  const { stateVersion = 1 } = aggregate.snapshots ?? {};
  return { ...aggregate, snapshots: { every: 3, stateVersion } };
}
