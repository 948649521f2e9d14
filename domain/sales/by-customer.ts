/** Sales by customer, as a read model. */

import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineProjection, table } from 'ledge';
import { order } from '../order/order.ts';

/**
 * One row per customer: the sums of their orders, and the days of the first and the last. Many order streams change a
 * row, so every change commutes. A cancelled order is subtracted from the sums; the days stay.
 */
export const salesByCustomer = defineProjection({
  name: 'sales-by-customer',
  version: 1,
  from: [order],
  tables: {
    salesByCustomer: table(
      {
        customer: text().notNull(),
        orders: integer().notNull(),
        grossCents: integer('gross_cents').notNull(),
        netCents: integer('net_cents').notNull(),
        firstOrderDay: text('first_order_day').notNull(),
        lastOrderDay: text('last_order_day').notNull(),
      },
      {
        key: ['customer'],
        sorts: [
          { column: 'orders', scan: true },
          { column: 'grossCents', scan: true },
          { column: 'netCents', scan: true },
          { column: 'lastOrderDay', scan: true },
        ],
      },
    ),
  },
  on: {
    order: {
      OrderPlaced: ({ data: { customer, grossCents, netCents, placedOn } }, { salesByCustomer }) =>
        salesByCustomer.upsert(
          { customer },
          {
            add: { orders: 1, grossCents, netCents },
            min: { firstOrderDay: placedOn },
            max: { lastOrderDay: placedOn },
          },
        ),
      OrderCancelled: ({ data: { customer, grossCents, netCents } }, { salesByCustomer }) =>
        salesByCustomer.patch(
          { customer },
          { add: { orders: -1, grossCents: -grossCents, netCents: -netCents } },
        ),
    },
  },
});
