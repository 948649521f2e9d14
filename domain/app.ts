/** The reference app: every aggregate, projection, reactor, saga and publication of the shop. */

import { defineApp } from 'ledge';
import { customers } from './customers/projection.ts';
import { fulfilment } from './fulfilment/fulfilment.ts';
import { order } from './order/order.ts';
import { orders } from './order/projection.ts';
import { payment } from './payment/payment.ts';
import { product } from './product/product.ts';
import { products } from './product/projection.ts';
import { shop } from './published/shop.ts';
import { returns } from './returns/returns.ts';
import { salesByDay } from './sales/projection.ts';
import { shipment } from './shipment/shipment.ts';

/** A new aggregate, projection, reactor, saga or publication is one name in one of these lists. */
export const app = defineApp({
  aggregates: [order, product, payment, shipment],
  projections: [orders, customers, products, salesByDay],
  reactors: [returns],
  sagas: [fulfilment],
  publications: [shop],
});
