/** Two read models in one projection: a row an account, and a row for the whole bank that every account feeds. */
import { gte } from 'drizzle-orm';
import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineProjection, table } from 'ledge';
import * as z from 'zod';
import { account } from './account.ts';

export const balances = defineProjection({
  name: 'balances',
  version: 1,
  from: [account],
  tables: {
    balances: table(
      { account: text().notNull(), owner: text().notNull(), cents: integer().notNull() },
      {
        key: ['account'],
        filters: [{ column: 'owner', scan: true }],
        sorts: [{ column: 'cents', scan: true }],
      },
    ),
    bank: table(
      {
        bank: text().notNull(),
        accounts: integer().notNull().default(0),
        cents: integer().notNull().default(0),
      },
      { key: ['bank'], sorts: [{ column: 'cents', scan: true }] },
    ),
  },
  list: 'balances',
  on: {
    account: {
      AccountOpened: ({ aggregateId, data }, { balances, bank }) => [
        balances.insert({ account: aggregateId, owner: data.owner, cents: 0 }),
        bank.upsert({ bank: 'all' }, { add: { accounts: 1 } }),
      ],
      Deposited: ({ aggregateId, data }, { balances, bank }) => [
        balances.patch({ account: aggregateId }, { add: { cents: data.cents } }),
        bank.upsert({ bank: 'all' }, { add: { cents: data.cents } }),
      ],
      Withdrawn: ({ aggregateId, data }, { balances, bank }) => [
        balances.patch({ account: aggregateId }, { add: { cents: -data.cents } }),
        bank.upsert({ bank: 'all' }, { add: { cents: -data.cents } }),
      ],
      TransferSent: ({ aggregateId, data }, { balances, bank }) => [
        balances.patch({ account: aggregateId }, { add: { cents: -data.cents } }),
        bank.upsert({ bank: 'all' }, { add: { cents: -data.cents } }),
      ],
      TransferReceived: ({ aggregateId, data }, { balances, bank }) => [
        balances.patch({ account: aggregateId }, { add: { cents: data.cents } }),
        bank.upsert({ bank: 'all' }, { add: { cents: data.cents } }),
      ],
    },
  },
}).query(
  'richer-than',
  z.strictObject({ cents: z.coerce.number() }),
  (db, { balances }, input) =>
    db.select().from(balances).where(gte(balances.cents, input.cents)).orderBy(balances.account),
  { scan: true },
);
