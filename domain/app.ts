/** The reference app: every aggregate, projection, process, publication and inbound of the shop. */

import { defineApp } from 'ledge';
import { customer } from './customer/customer.ts';
import { customers } from './customer/projection.ts';
import { closing } from './day/closing.ts';
import { day } from './day/day.ts';
import { fulfilment } from './fulfilment/fulfilment.ts';
import { order } from './order/order.ts';
import { orders } from './order/projection.ts';
import { charge } from './payment/charge.ts';
import { payment } from './payment/payment.ts';
import { product } from './product/product.ts';
import { products } from './product/projection.ts';
import { shop } from './published/shop.ts';
import { returns } from './returns/returns.ts';
import { salesByCustomer } from './sales/by-customer.ts';
import { salesByDay } from './sales/by-day.ts';
import { carrier } from './shipment/carrier.ts';
import { shipment } from './shipment/shipment.ts';

/** What is new is one name in one of these lists. */
export const app = defineApp({
  aggregates: [order, product, payment, shipment, customer, day],
  projections: [orders, customers, products, salesByDay, salesByCustomer],
  reactors: [returns],
  sagas: [fulfilment],
  actions: [charge],
  publications: [shop],
  inbound: [carrier],
  schedules: [closing],
});
