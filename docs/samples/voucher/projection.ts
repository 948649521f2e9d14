/** The README's example, changed: what is left on each voucher, and how often it was redeemed. */
// #region version-2
import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineProjection, table } from 'ledge';
import { vouchers as version1 } from './projection-1.ts';
import { voucher } from './voucher.ts';

export const vouchers = defineProjection({
  name: 'vouchers',
  version: 2,
  previous: version1,
  from: [voucher],
  tables: {
    vouchers: table(
      {
        voucher: text().notNull(),
        leftCents: integer('left_cents').notNull(),
        redemptions: integer().notNull(),
      },
      { key: ['voucher'], sorts: [{ column: 'leftCents', scan: true }] },
    ),
  },
  on: {
    voucher: {
      VoucherIssued: ({ aggregateId, data }, { vouchers }) =>
        vouchers.insert({ voucher: aggregateId, leftCents: data.cents, redemptions: 0 }),
      VoucherRedeemed: ({ aggregateId, data }, { vouchers }) =>
        vouchers.patch(
          { voucher: aggregateId },
          { add: { leftCents: -data.cents, redemptions: 1 } },
        ),
    },
  },
});
// #endregion
