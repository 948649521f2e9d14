/**
 * Parcels with a holder that changes, and the access rules over them. Each rule over the state notes the state that it is
 * asked about, and `decide` compares that with its own: both have to see one state.
 */
import { integer, text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineAccess } from '../../core/access/define-access.ts';
import { defineAggregate } from '../../core/aggregate/aggregate.ts';
import type { AggregateCaller } from '../../core/aggregate/authorization.ts';
import { accept, type Context, reject } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import { defineApp } from '../../core/app.ts';
import { defineProjection } from '../../core/projection/define-projection.ts';
import { table } from '../../core/projection/table.ts';
import { charging } from '../workers/support/charging.ts';
import { member, members } from '../workers/support/members.ts';
import { bookings, payments } from './bookings.ts';
import { StateComparison } from './state-comparison.ts';

const holder = z.string().min(1);

interface ParcelState {
  /** Empty before the parcel is accepted. */
  readonly holder: string;
  readonly weighings: number;
}

export const comparison = new StateComparison();

/** The actors that commands are authorized for by a rule over the state: those with a key. */
const RULED_ACTOR = /^user:/;

function compared(state: ParcelState, { actor, id }: Context): void {
  if (RULED_ACTOR.test(actor)) comparison.decided({ actor, id }, state);
}

export const parcel = defineAggregate({
  name: 'parcel',
  events: {
    ParcelAccepted: event(z.strictObject({ holder })),
    ParcelHandedOver: event(z.strictObject({ holder })),
    ParcelWeighed: event(z.strictObject({})),
  },
  commands: {
    AcceptParcel: z.strictObject({ holder }),
    HandOver: z.strictObject({ holder }),
    Weigh: z.strictObject({}),
  },
  initialState: (): ParcelState => ({ holder: '', weighings: 0 }),
  evolve: {
    ParcelAccepted: (state, { data }) => ({ ...state, ...data }),
    ParcelHandedOver: (state, { data }) => ({ ...state, ...data }),
    ParcelWeighed: (state) => ({ ...state, weighings: state.weighings + 1 }),
  },
  decide: {
    AcceptParcel: (data, state) =>
      state.holder === '' ? accept({ type: 'ParcelAccepted', data }) : reject('accepted-before'),
    HandOver: (data, state, context) => {
      compared(state, context);
      return state.holder === '' ? reject('unknown') : accept({ type: 'ParcelHandedOver', data });
    },
    Weigh: (_data, state, context) => {
      compared(state, context);
      return state.holder === '' ? reject('unknown') : accept({ type: 'ParcelWeighed', data: {} });
    },
  },
});

export const parcels = defineProjection({
  name: 'parcels',
  version: 1,
  from: [parcel],
  tables: {
    parcels: table(
      {
        parcel: text().notNull(),
        holder: text().notNull(),
        weighings: integer().notNull(),
      },
      { key: ['parcel'], filters: ['holder'], sorts: ['weighings'], indexes: [['holder']] },
    ),
  },
  on: {
    parcel: {
      ParcelAccepted: ({ aggregateId, data }, { parcels: rows }) =>
        rows.insert({ parcel: aggregateId, ...data, weighings: 0 }),
      ParcelHandedOver: ({ aggregateId, data }, { parcels: rows }) =>
        rows.patch({ parcel: aggregateId }, { set: data }),
      ParcelWeighed: ({ aggregateId }, { parcels: rows }) =>
        rows.patch({ parcel: aggregateId }, { add: { weighings: 1 } }),
    },
  },
});

const claims = z.object({ holder: z.string().default('') });

type Caller = AggregateCaller<z.output<typeof claims>>;

/** A rule over the state of a command that `isGranted` decides, with the note for `decide`. */
function noting(isGranted: (state: ParcelState, caller: Caller) => boolean) {
  return (state: ParcelState, caller: Caller): boolean => {
    comparison.asked({ actor: caller.id, id: caller.aggregateId }, state);
    return isGranted(state, caller);
  };
}

const isHeld = (state: ParcelState, caller: Caller) => state.holder === caller.claims.holder;

export const parcelApp = defineApp({ aggregates: [parcel], projections: [parcels] });

/** What the rules concern: parcels, the members of `forgetting-storm.ts`, and the payments of `integration-storm.ts`. */
const ruled = defineApp({
  aggregates: [parcel, member, charging],
  projections: [parcels, members],
  inbound: [bookings],
  publications: [payments],
});

export const access = defineAccess(ruled, {
  claims,
  roles: {
    /** Its own parcels alone. */
    holder: {
      commands: {
        parcel: {
          AcceptParcel: { data: (data, caller) => data.holder === caller.claims.holder },
          HandOver: { state: noting(isHeld) },
          Weigh: { state: noting(isHeld) },
        },
      },
      read: { parcel: { state: isHeld } },
      rows: { parcels: { holder: (caller) => caller.claims.holder } },
    },
    /** Every parcel, and their events in the journal. */
    supervisor: {
      commands: { parcel: { Weigh: { state: noting(() => true) } } },
      read: { parcel: true },
      rows: { parcels: 'all' },
      journal: ['parcel'],
    },
    /** Members with their names, who may forget them. */
    host: {
      commands: { member: 'all' },
      read: { member: true },
      rows: { members: 'all' },
      journal: ['member'],
      personal: true,
      operate: ['privacy'],
    },
    /** Another system: it sends bookings, and reads and takes what has become of them. */
    partner: {
      read: { charging: true },
      inbound: ['bookings'],
      publications: ['payments'],
      consume: ['payments'],
    },
  },
});
