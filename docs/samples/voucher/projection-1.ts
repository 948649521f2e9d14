/** The README's example: what is left on each voucher, as its first version had it. */
// #region projection
import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineProjection, table } from 'ledge';
import { voucher } from './voucher.ts';

export const vouchers = defineProjection({
  name: 'vouchers',
  version: 1,
  from: [voucher],
  tables: {
    vouchers: table(
      { voucher: text().notNull(), leftCents: integer('left_cents').notNull() },
      { key: ['voucher'], sorts: [{ column: 'leftCents', scan: true }] },
    ),
  },
  on: {
    voucher: {
      VoucherIssued: ({ aggregateId, data }, { vouchers }) =>
        vouchers.insert({ voucher: aggregateId, leftCents: data.cents }),
      VoucherRedeemed: ({ aggregateId, data }, { vouchers }) =>
        vouchers.patch({ voucher: aggregateId }, { add: { leftCents: -data.cents } }),
    },
  },
});
// #endregion
