/** The orders as a read model, with the queries over them. */

import { desc, eq } from 'drizzle-orm';
import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineProjection, table } from 'ledge';
import * as z from 'zod';
import { order } from './order.ts';

/** One row per order: its customer, its amounts, its status. */
export const orders = defineProjection({
  name: 'orders',
  version: 1,
  from: [order],
  tables: {
    orders: table(
      {
        order: text().notNull(),
        customer: text().notNull(),
        country: text().notNull(),
        status: text({ enum: ['placed', 'confirmed', 'shipped', 'cancelled'] }).notNull(),
        lineCount: integer('line_count').notNull(),
        grossCents: integer('gross_cents').notNull(),
        netCents: integer('net_cents').notNull(),
        placedAt: text('placed_at').notNull(),
        shippedAt: text('shipped_at'),
      },
      {
        key: ['order'],
        filters: ['customer', 'country', { column: 'status', scan: true }],
        sorts: [
          { column: 'placedAt', scan: true },
          { column: 'netCents', scan: true },
          { column: 'grossCents', scan: true },
        ],
        indexes: [['customer'], ['country']],
      },
    ),
  },
  on: {
    order: {
      OrderPlaced: ({ aggregateId, occurredAt, data }, { orders }) =>
        orders.insert({
          order: aggregateId,
          customer: data.customer,
          country: data.country,
          status: 'placed',
          lineCount: data.lines.length,
          grossCents: data.grossCents,
          netCents: data.netCents,
          placedAt: occurredAt,
        }),
      OrderConfirmed: ({ aggregateId }, { orders }) =>
        orders.patch({ order: aggregateId }, { set: { status: 'confirmed' } }),
      OrderShipped: ({ aggregateId, occurredAt }, { orders }) =>
        orders.patch({ order: aggregateId }, { set: { status: 'shipped', shippedAt: occurredAt } }),
      OrderCancelled: ({ aggregateId }, { orders }) =>
        orders.patch({ order: aggregateId }, { set: { status: 'cancelled' } }),
    },
  },
}).query('orders-of-customer', z.strictObject({ customer: z.string() }), (db, { orders }, input) =>
  db
    .select()
    .from(orders)
    .where(eq(orders.customer, input.customer))
    .orderBy(desc(orders.placedAt), orders.order)
    .limit(100),
);
