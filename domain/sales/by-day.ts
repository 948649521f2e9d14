/** Sales by day and country, as a read model. */

import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineProjection, table } from 'ledge';
import { order } from '../order/order.ts';

/**
 * One row per calendar day (UTC) and country, by the day an order was placed, from which a cancelled order is
 * subtracted.
 */
export const salesByDay = defineProjection({
  name: 'sales-by-day',
  version: 1,
  from: [order],
  tables: {
    salesByDay: table(
      {
        day: text().notNull(),
        country: text().notNull(),
        orders: integer().notNull(),
        grossCents: integer('gross_cents').notNull(),
        netCents: integer('net_cents').notNull(),
      },
      {
        key: ['day', 'country'],
        filters: [{ column: 'country', scan: true }],
        sorts: [
          { column: 'country', scan: true },
          { column: 'netCents', scan: true },
        ],
      },
    ),
  },
  on: {
    order: {
      OrderPlaced: ({ data: { placedOn, country, grossCents, netCents } }, { salesByDay }) =>
        salesByDay.upsert({ day: placedOn, country }, { add: { orders: 1, grossCents, netCents } }),
      OrderCancelled: ({ data: { placedOn, country, grossCents, netCents } }, { salesByDay }) =>
        salesByDay.patch(
          { day: placedOn, country },
          { add: { orders: -1, grossCents: -grossCents, netCents: -netCents } },
        ),
    },
  },
});
