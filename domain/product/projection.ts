/** Products with their stock, as a read model. */

import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineProjection, table } from 'ledge';
import { product } from './product.ts';

/** One row per product: its name, its price and its stock. */
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
      StockShipped: ({ aggregateId, data: { quantity } }, { products }) =>
        products.patch(
          { product: aggregateId },
          { add: { onHand: -quantity, reserved: -quantity } },
        ),
    },
  },
});
