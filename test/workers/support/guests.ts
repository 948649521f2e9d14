/** A domain with personal data: guests with names and addresses, in states, timers, reactors, sagas and rows. */
import { text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineAccess } from '../../../core/access/define-access.ts';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept, later, reject, schedule } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';
import { defineApp } from '../../../core/app.ts';
import { proceed, send } from '../../../core/process/effect.ts';
import { command, defineReactor } from '../../../core/process/reactor.ts';
import { defineSaga } from '../../../core/process/saga.ts';
import { defineProjection } from '../../../core/projection/define-projection.ts';
import { table } from '../../../core/projection/table.ts';
import { personal } from '../../../core/sealed/personal.ts';
import type { Sealed } from '../../../core/sealed/sealed.ts';

// #region fields
const person = z.string();
const name = personal(z.string().trim().min(1).max(200), 'person');
const address = personal(z.strictObject({ street: z.string(), city: z.string() }), 'person');
const named = z.strictObject({ person, name });
// #endregion
const registration = named.extend({ address: address.optional(), note: z.string().optional() });

interface Guest {
  readonly names: readonly Sealed<string>[];
}

export const guest = defineAggregate({
  name: 'guest',
  events: { GuestRegistered: event(registration), GuestGreeted: event(named) },
  commands: {
    RegisterGuest: registration,
    GreetGuest: named,
    /** What `decide` has of the guest. */
    ShowGuest: z.strictObject({}),
  },
  initialState: (): Guest => ({ names: [] }),
  evolve: {
    GuestRegistered: ({ names }, { data }) => ({ names: [...names, data.name] }),
    GuestGreeted: (state) => state,
  },
  decide: {
    RegisterGuest: (data, _, { now }) =>
      accept({ type: 'GuestRegistered', data }).with(
        schedule('greet', {
          at: later(now, 3_600_000),
          command: 'GreetGuest',
          data: { person: data.person, name: data.name },
        }),
      ),
    GreetGuest: (data) => accept({ type: 'GuestGreeted', data }),
    ShowGuest: (_, state) => reject('shown', JSON.parse(JSON.stringify(state))),
  },
});

/** Greets each new guest under another id. */
const greeting = defineReactor({
  name: 'greeting',
  from: [guest],
  on: {
    guest: {
      GuestRegistered: ({ aggregateId, data }) =>
        command(guest, `${aggregateId}-greeted`, 'GreetGuest', {
          person: data.person,
          name: data.name,
        }),
    },
  },
});

/** Greets each greeted guest once more. */
export const politeness = defineSaga({
  name: 'politeness',
  version: 1,
  from: [guest],
  initialState: (): Guest => ({ names: [] }),
  correlate: { guest: { GuestRegistered: ({ aggregateId }) => aggregateId } },
  startedBy: {
    guest: {
      GuestRegistered: ({ aggregateId, data: { person: whose, name: sealed } }) =>
        proceed(
          { names: [sealed] },
          send(
            'again',
            command(guest, `${aggregateId}-again`, 'GreetGuest', { person: whose, name: sealed }),
          ),
        ),
    },
  },
  on: {},
});

export const guests = defineProjection({
  name: 'guests',
  version: 1,
  from: [guest],
  tables: {
    guests: table(
      // #region columns
      {
        guest: text().notNull(),
        person: text().notNull(),
        name: personal(text().notNull(), 'person'),
        address: personal(text({ mode: 'json' }), 'person'),
      },
      // #endregion
      { key: ['guest'], filters: [{ column: 'person', scan: true }] },
    ),
  },
  on: {
    guest: {
      GuestRegistered: ({ aggregateId, data }, { guests: rows }) =>
        rows.insert({
          guest: aggregateId,
          person: data.person,
          name: data.name,
          ...(data.address && { address: data.address }),
        }),
    },
  },
}).query(
  'named-guests',
  z.strictObject({}),
  (db, { guests: rows }) => db.select({ who: rows.name }).from(rows),
  { scan: true },
);

export const GUESTS_TABLE = `CREATE TABLE guests_v1 (tenant TEXT NOT NULL, guest TEXT NOT NULL, person TEXT NOT NULL,
  name TEXT NOT NULL, address TEXT, PRIMARY KEY (tenant, guest)) WITHOUT ROWID`;

export const guestApp = defineApp({
  aggregates: [guest],
  projections: [guests],
  reactors: [greeting],
  sagas: [politeness],
});

/** `host` reads what `porter` reads, and personal data. */
export const guestAccess = defineAccess(guestApp, {
  claims: z.object({}),
  roles: {
    host: { commands: 'all', read: 'all', rows: 'all', journal: 'all', personal: true },
    porter: { commands: 'all', read: 'all', rows: 'all', journal: 'all' },
  },
});
