/** The read models of the tests' shop: a row per stream, and rows that many streams change. */
import { desc, eq } from 'drizzle-orm';
import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineProjection, table } from 'ledge';
import * as z from 'zod';
import { order } from './order.ts';
import { product } from './product.ts';

const money = {
  grossCents: integer('gross_cents').notNull(),
  netCents: integer('net_cents').notNull(),
};

type Sums = Readonly<Record<keyof typeof money, number>>;

const plus = ({ grossCents, netCents }: Sums) => ({ orders: 1, grossCents, netCents });
const minus = ({ grossCents, netCents }: Sums) => ({
  orders: -1,
  grossCents: -grossCents,
  netCents: -netCents,
});

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
        ...money,
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
      OrderPlaced: ({ aggregateId: order, occurredAt: placedAt, data }, { orders }) => {
        const { customer, country, lines, grossCents, netCents } = data;
        const row = { order, customer, country, grossCents, netCents, placedAt };
        return orders.insert({ ...row, status: 'placed', lineCount: lines.length });
      },
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

export const customers = defineProjection({
  name: 'customers',
  version: 1,
  from: [order],
  tables: {
    customers: table(
      { customer: text().notNull(), orders: integer().notNull(), ...money },
      { key: ['customer'], sorts: [{ column: 'netCents', scan: true }] },
    ),
  },
  on: {
    order: {
      OrderPlaced: ({ data: { customer, ...data } }, { customers }) =>
        customers.upsert({ customer }, { add: plus(data) }),
      OrderCancelled: ({ data: { customer, ...data } }, { customers }) =>
        customers.patch({ customer }, { add: minus(data) }),
    },
  },
});

export const salesByDay = defineProjection({
  name: 'sales-by-day',
  version: 1,
  from: [order],
  tables: {
    salesByDay: table(
      { day: text().notNull(), country: text().notNull(), orders: integer().notNull(), ...money },
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
      OrderPlaced: ({ data: { placedOn: day, country, ...data } }, { salesByDay }) =>
        salesByDay.upsert({ day, country }, { add: plus(data) }),
      OrderCancelled: ({ data: { placedOn: day, country, ...data } }, { salesByDay }) =>
        salesByDay.patch({ day, country }, { add: minus(data) }),
    },
  },
});

export const products = defineProjection({
  name: 'products',
  version: 1,
  from: [product],
  tables: {
    products: table(
      {
        product: text().notNull(),
        name: text().notNull(),
        priceCents: integer('price_cents').notNull(),
        onHand: integer('on_hand').notNull(),
        reserved: integer().notNull(),
      },
      {
        key: ['product'],
        filters: [{ column: 'name', scan: true }],
        sorts: [
          { column: 'name', scan: true },
          { column: 'onHand', scan: true },
          { column: 'priceCents', scan: true },
        ],
      },
    ),
  },
  on: {
    product: {
      ProductRegistered: ({ aggregateId, data }, { products }) =>
        products.insert({ product: aggregateId, ...data, onHand: 0, reserved: 0 }),
      StockReceived: ({ aggregateId, data: { quantity } }, { products }) =>
        products.patch({ product: aggregateId }, { add: { onHand: quantity } }),
      StockReserved: ({ aggregateId, data: { quantity } }, { products }) =>
        products.patch({ product: aggregateId }, { add: { reserved: quantity } }),
      StockReleased: ({ aggregateId, data: { quantity } }, { products }) =>
        products.patch({ product: aggregateId }, { add: { reserved: -quantity } }),
      StockShipped: ({ aggregateId, data: { quantity } }, { products }) => {
        const add = { onHand: -quantity, reserved: -quantity };
        return products.patch({ product: aggregateId }, { add });
      },
    },
  },
});
