/** A savings account: the smallest domain with everything in it that a domain can have. What the kernel's tests speak with. */
import { eq } from 'drizzle-orm';
import { integer, text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineAggregate } from '../../core/aggregate/aggregate.ts';
import { accept, reject } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import { defineApp } from '../../core/app.ts';
import { defineProjection } from '../../core/projection/define-projection.ts';
import { table } from '../../core/projection/table.ts';

const cents = z.int().positive();

type AccountState =
  | { readonly status: 'none' }
  | { readonly status: 'open'; readonly owner: string; readonly cents: number };

export const account = defineAggregate({
  name: 'account',
  events: {
    AccountOpened: event(z.strictObject({ owner: z.string(), reference: z.string() })),
    /** Once in euros, then in cents, then in any currency. */
    Deposited: event(z.strictObject({ euros: z.number() }))
      .upcast(z.strictObject({ cents }), ({ euros }) => ({ cents: Math.round(euros * 100) }))
      .upcast(z.strictObject({ cents, currency: z.string() }), (v2) => ({
        ...v2,
        currency: 'EUR',
      })),
    Withdrawn: event(z.strictObject({ cents })),
  },
  commands: {
    OpenAccount: z.strictObject({ owner: z.string().trim().min(1) }),
    Deposit: z.strictObject({ cents, currency: z.string().default('EUR') }),
    Withdraw: z.strictObject({ cents }),
  },
  initialState: (): AccountState => ({ status: 'none' }),
  evolve: {
    AccountOpened: (_state, { data: { owner } }) => ({ status: 'open', owner, cents: 0 }),
    Deposited: (state, { data }) => moved(state, data.cents),
    Withdrawn: (state, { data }) => moved(state, -data.cents),
  },
  decide: {
    OpenAccount: ({ owner }, state, { newId }) =>
      state.status === 'open'
        ? reject('already-open', { owner: state.owner })
        : accept({ type: 'AccountOpened', data: { owner, reference: newId() } }),
    Deposit: (data, state) =>
      state.status === 'none' ? reject('not-open') : accept({ type: 'Deposited', data }),
    Withdraw: (data, state) => {
      if (state.status === 'none') return reject('not-open');
      if (data.cents > state.cents) return reject('not-enough', { cents: state.cents });
      return accept({ type: 'Withdrawn', data });
    },
  },
});

function moved(state: AccountState, change: number): AccountState {
  return state.status === 'none' ? state : { ...state, cents: state.cents + change };
}

/** A row an account, and a row a currency that all accounts feed. */
export const accounts = defineProjection({
  name: 'accounts',
  version: 1,
  from: [account],
  tables: {
    balances: table(
      {
        account: text().notNull(),
        owner: text().notNull(),
        cents: integer().notNull().default(0),
        lastDeposit: integer('last_deposit'),
      },
      { key: ['account'], filters: ['owner'], sorts: ['cents'] },
    ),
    currencies: table(
      { currency: text().notNull(), cents: integer().notNull(), firstDay: text().notNull() },
      { key: ['currency'] },
    ),
  },
  list: 'balances',
  on: {
    account: {
      AccountOpened: ({ aggregateId, data: { owner } }, { balances }) =>
        balances.insert({ account: aggregateId, owner }),
      Deposited: ({ aggregateId, occurredAt, data }, { balances, currencies }) => [
        balances.patch(
          { account: aggregateId },
          { set: { lastDeposit: data.cents }, add: { cents: data.cents } },
        ),
        currencies.upsert(
          { currency: data.currency },
          { add: { cents: data.cents }, min: { firstDay: occurredAt.slice(0, 10) } },
        ),
      ],
      Withdrawn: ({ aggregateId, data }, { balances }) =>
        balances.patch({ account: aggregateId }, { add: { cents: -data.cents } }),
    },
  },
}).query('accounts-of', z.strictObject({ owner: z.string() }), (db, { balances }, { owner }) =>
  db
    .select({ account: balances.account, cents: balances.cents })
    .from(balances)
    .where(eq(balances.owner, owner)),
);

export const savings = defineApp({ aggregates: [account], projections: [accounts] });
