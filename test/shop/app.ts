/**
 * A small shop of the tests' own. Tests of the machinery need streams, sagas, reactors and read models to work on; this
 * app is those, and changes with the tests alone. It is not the reference app: that one is `domain/`.
 */
import { defineApp } from 'ledge';
import { order } from './order.ts';
import { payment } from './payment.ts';
import { fulfilment, returns } from './processes.ts';
import { product } from './product.ts';
import { customers, orders, products, salesByDay } from './read-models.ts';
import { shipment } from './shipment.ts';

export const app = defineApp({
  aggregates: [order, product, payment, shipment],
  projections: [orders, customers, products, salesByDay],
  reactors: [returns],
  sagas: [fulfilment],
});
