/** What a user can and cannot write in `defineProjection`. Checked by the compiler, never run. */
import { eq } from 'drizzle-orm';
import { integer, real, text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineAggregate } from '../../core/aggregate/aggregate.ts';
import { accept } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import { defineApp } from '../../core/app.ts';
import { defineProjection } from '../../core/projection/define-projection.ts';
import type { ListedRow } from '../../core/projection/projection.ts';
import { table } from '../../core/projection/table.ts';
import { personal } from '../../core/sealed/personal.ts';
import { type Equal, expectTrue } from './equal.ts';

const account = defineAggregate({
  name: 'account',
  events: {
    Opened: event(z.strictObject({ owner: z.string() })),
    Deposited: event(z.strictObject({ cents: z.int() })),
  },
  commands: { Open: z.strictObject({}) },
  initialState: () => null,
  evolve: { Opened: () => null, Deposited: () => null },
  decide: { Open: () => accept() },
});

const columns = {
  account: text().notNull(),
  owner: text().notNull(),
  status: text({ enum: ['open', 'closed'] }).notNull(),
  cents: integer().notNull().default(0),
  note: text(),
  rate: real(),
  seenAt: integer({ mode: 'timestamp' }),
};
const balances = table(columns, { key: ['account'], filters: ['owner'], sorts: ['cents'] });
const parts = { name: 'accounts', version: 1, from: [account], tables: { balances } } as const;
const key = { account: 'a-1' };
const whole = { ...key, owner: 'ann', status: 'open' } as const;

/* What compiles, without a type argument. */

const accounts = defineProjection({
  ...parts,
  on: {
    account: {
      Opened: ({ type, data, aggregate, aggregateId, version, occurredAt }, tables) => {
        expectTrue<Equal<typeof type, 'Opened'>>();
        expectTrue<Equal<typeof data, { owner: string }>>();
        expectTrue<
          Equal<
            [typeof aggregate, typeof aggregateId, typeof version, typeof occurredAt],
            [string, string, number, string]
          >
        >();
        return tables.balances.insert({ account: aggregateId, owner: data.owner, status: 'open' });
      },
      Deposited: ({ data: { cents } }, { balances }) => [
        balances.upsert(key, {
          set: { note: null, status: 'open' },
          add: { cents },
          max: { owner: 'a', note: 'a', rate: 0.5 },
        }),
        balances.patch(key, { set: { status: 'closed' }, min: { cents } }),
        balances.remove(key),
      ],
    },
  },
})
  .query('accounts-of', z.strictObject({ owner: z.string() }), (db, { balances }, input) => {
    expectTrue<Equal<typeof input, { owner: string }>>();
    return db.select().from(balances).where(eq(balances.owner, input.owner));
  })
  .query('notes', z.strictObject({ since: z.coerce.number() }), (db, { balances }, { since }) => {
    expectTrue<Equal<typeof since, number>>();
    return db.select({ of: balances.account, note: balances.note }).from(balances);
  });

interface BalanceRow {
  account: string;
  owner: string;
  status: 'open' | 'closed';
  cents: number;
  note: string | null;
  rate: number | null;
  seenAt: Date | null;
}

type Queries = NonNullable<typeof accounts.types>['queries'];

expectTrue<Equal<typeof accounts.name, 'accounts'>>();
expectTrue<Equal<ListedRow<typeof accounts>, BalanceRow>>();
expectTrue<Equal<keyof Queries, 'accounts-of' | 'notes'>>();
expectTrue<Equal<Queries['accounts-of'], { input: { owner: string }; row: BalanceRow }>>();
expectTrue<Equal<Queries['notes']['row'], { of: string; note: string | null }>>();

/** A projection need not listen to every event. */
defineProjection({ ...parts, on: {} });
defineProjection({ ...parts, on: { account: {} } });

/* Handlers: for events of the aggregates that it is from. */

defineProjection({
  ...parts,
  // @ts-expect-error: there is no event Closed
  on: { account: { Closed: () => [] } },
});

defineProjection({
  ...parts,
  // @ts-expect-error: it is not from order
  on: { order: { OrderPlaced: () => [] } },
});

// @ts-expect-error: an aggregate is a value, not its name
defineProjection({ ...parts, from: ['account'], on: {} });

defineProjection({
  ...parts,
  on: {
    account: {
      // @ts-expect-error: Opened has no cents
      Opened: ({ data }, { balances }) => balances.patch(key, { add: { cents: data.cents } }),
    },
  },
});

defineProjection({
  ...parts,
  on: {
    account: {
      // @ts-expect-error: an owner is no status
      Opened: ({ data }, { balances }) => balances.patch(key, { set: { status: data.owner } }),
    },
  },
});

defineProjection({
  ...parts,
  on: {
    account: {
      // @ts-expect-error: there is no table accounts
      Opened: (_event, { accounts }) => accounts.remove(key),
    },
  },
});

defineProjection({
  ...parts,
  on: {
    account: {
      // @ts-expect-error: a handler answers row changes
      Opened: () => 'done',
    },
  },
});

defineProjection({
  ...parts,
  on: {
    account: {
      // @ts-expect-error: a handler waits for nothing
      Opened: async (_event, { balances }) => balances.remove(key),
    },
  },
});

/* Row changes: the table's own columns, with their own values. */

defineProjection({
  ...parts,
  on: {
    account: {
      Opened: (_event, { balances }) => [
        // @ts-expect-error: there is no column owned
        balances.insert({ ...whole, owned: 'ann' }),
        // @ts-expect-error: a row needs its owner
        balances.insert({ account: 'a-1', status: 'open' }),
        // @ts-expect-error: cents are a number
        balances.insert({ ...whole, cents: '5' }),
        // @ts-expect-error: there is no such status
        balances.insert({ ...whole, status: 'gone' }),
        // @ts-expect-error: the tenant is none of its business
        balances.insert({ ...whole, tenant: 'main' }),

        // @ts-expect-error: there is no column owned
        balances.patch(key, { set: { owned: 'ann' } }),
        // @ts-expect-error: an owner cannot be null
        balances.patch(key, { set: { owner: null } }),
        // @ts-expect-error: left out is not undefined
        balances.patch(key, { set: { owner: undefined } }),
        // @ts-expect-error: the key stays
        balances.patch(key, { set: { account: 'a-2' } }),
        // @ts-expect-error: the key stays
        balances.upsert(key, { max: { account: 'a-2' } }),
        // @ts-expect-error: texts do not add up
        balances.patch(key, { add: { note: 1 } }),
        // @ts-expect-error: nor do fractions, whose sum depends on their order
        balances.patch(key, { add: { rate: 0.5 } }),
        // @ts-expect-error: null grows nothing
        balances.patch(key, { add: { cents: null } }),
        // @ts-expect-error: null compares with nothing
        balances.patch(key, { max: { note: null } }),
        // @ts-expect-error: nor do dates
        balances.patch(key, { add: { seenAt: 1 } }),
        // @ts-expect-error: which of two dates is smaller, SQL and JavaScript see differently
        balances.patch(key, { min: { seenAt: new Date() } }),
        // @ts-expect-error: cents grow by a number
        balances.upsert(key, { add: { cents: '5' } }),
        // @ts-expect-error: there is no such change
        balances.patch(key, { sub: { cents: 1 } }),

        // @ts-expect-error: a row is named by its whole key
        balances.patch({}, { add: { cents: 1 } }),
        // @ts-expect-error: and by nothing else
        balances.remove({ owner: 'ann' }),
      ],
    },
  },
});

/* Tables. */

// @ts-expect-error: a table needs a key
table(columns, { key: [] });
// @ts-expect-error: there is no column id
table(columns, { key: ['id'] });
// @ts-expect-error: there is no column id
table(columns, { key: ['account'], filters: ['id'] });
// @ts-expect-error: there is no column id
table(columns, { key: ['account'], sorts: ['id'] });

/* Queries: a select over the tables that are handed in. */

accounts.query('one', z.unknown(), (db, { balances }) =>
  // @ts-expect-error: there is no column owned
  db.select({ of: balances.owned }).from(balances),
);

accounts.query('two', z.unknown(), (db, { balances }) =>
  // @ts-expect-error: the tenant is not to be seen
  db.select({ of: balances.tenant }).from(balances),
);

// @ts-expect-error: there is no table accounts
accounts.query('three', z.unknown(), (db, { accounts }) => db.select().from(accounts));

accounts.query('four', z.strictObject({ owner: z.string() }), (db, { balances }, input) =>
  // @ts-expect-error: the input has no holder
  db.select().from(balances).where(eq(balances.owner, input.holder)),
);

accounts.query('five', z.unknown(), (db, { balances }) =>
  // @ts-expect-error: cents are compared with a number
  db.select().from(balances).where(eq(balances.cents, 'five')),
);

// @ts-expect-error: a query selects
accounts.query('six', z.unknown(), (db, { balances }) => db.delete(balances));

// @ts-expect-error: a query answers a select
accounts.query('seven', z.unknown(), () => [{ owner: 'ann' }]);

/* Personal columns: sealed for handlers, and for queries unless they are open. */

const named = z.strictObject({ owner: z.string(), name: personal(z.string(), 'owner') });
const guest = defineAggregate({
  name: 'guest',
  events: { Named: event(named) },
  commands: { Name: named },
  initialState: () => null,
  evolve: { Named: () => null },
  decide: { Name: () => accept() },
});
const guestColumns = {
  owner: text().notNull(),
  name: personal(text(), 'owner', { open: true }),
  sealed: personal(text(), 'owner'),
};
const guests = defineProjection({
  ...{ name: 'guests', version: 1, from: [guest] },
  tables: { guests: table(guestColumns, { key: ['owner'], filters: ['name'] }) },
  on: {
    guest: {
      Named: ({ data: { owner, name } }, tables) =>
        tables.guests.insert({ owner, name, sealed: name }),
    },
  },
});

const called = guests.query('called', z.strictObject({ name: z.string() }), (db, tables, input) =>
  db
    .select({ name: tables.guests.name })
    .from(tables.guests)
    .where(eq(tables.guests.name, input.name)),
);
type CalledRow = NonNullable<(typeof called)['types']>['queries']['called']['row'];
expectTrue<Equal<CalledRow, { name: string | null }>>();

guests.query('sealed', z.strictObject({ name: z.string() }), (db, tables, input) =>
  // @ts-expect-error: a sealed value is compared with nothing
  db.select().from(tables.guests).where(eq(tables.guests.sealed, input.name)),
);

/* Apps. */

const app = defineApp({ aggregates: [account], projections: [accounts] });
expectTrue<Equal<(typeof app)['aggregates'][0]['name'], 'account'>>();
expectTrue<Equal<(typeof app)['projections'][0]['name'], 'accounts'>>();

// @ts-expect-error: a projection is no aggregate
defineApp({ aggregates: [accounts], projections: [] });
// @ts-expect-error: an aggregate is no projection
defineApp({ aggregates: [account], projections: [account] });
