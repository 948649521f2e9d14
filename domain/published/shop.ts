/** What the shop publishes to other systems: what becomes of orders, and that a day's sales are complete. */
// #region publication
import { definePublication, publicEvent } from 'ledge';
import * as z from 'zod';
import { day } from '../day/day.ts';
import { order } from '../order/order.ts';

const placed = z
  .strictObject({
    order: z.string(),
    customer: z.string(),
    country: z.string(),
    netCents: z.int().meta({ description: 'What the customer pays: after discounts.' }),
  })
  .meta({ description: 'A customer has placed an order.' });

/** A notification: a consumer that needs more asks for it by the id. */
const notification = publicEvent(z.strictObject({ order: z.string() }), { version: 1 });

export const shop = definePublication({
  name: 'shop',
  from: [order, day],
  events: {
    'shop.order.placed': publicEvent(placed, { version: 1 }),
    'shop.order.confirmed': notification,
    'shop.order.shipped': notification,
    'shop.order.cancelled': notification,
    'shop.day.closed': publicEvent(z.strictObject({ day: z.string() }), { version: 1 }),
  },
  on: {
    order: {
      OrderPlaced: ({ aggregateId, data: { customer, country, netCents } }, publish) =>
        publish('shop.order.placed', { order: aggregateId, customer, country, netCents }),
      OrderConfirmed: ({ aggregateId }, publish) =>
        publish('shop.order.confirmed', { order: aggregateId }),
      OrderShipped: ({ aggregateId }, publish) =>
        publish('shop.order.shipped', { order: aggregateId }),
      OrderCancelled: ({ aggregateId }, publish) =>
        publish('shop.order.cancelled', { order: aggregateId }),
    },
    day: {
      DayClosed: ({ aggregateId }, publish) => publish('shop.day.closed', { day: aggregateId }),
    },
  },
});
// #endregion
