import { defineApp } from '../core/app.ts';
import { customers } from './customers/projection.ts';
import { order } from './order/order.ts';
import { orders } from './order/projection.ts';
import { product } from './product/product.ts';
import { products } from './product/projection.ts';
import { salesByDay } from './sales/projection.ts';

/** Order fulfilment, the reference domain. A new aggregate or projection is one word in one of these lists. */
export const app = defineApp({
  aggregates: [order, product],
  projections: [orders, customers, products, salesByDay],
});
