/** The events of an order. */

import { event } from 'ledge';
import * as z from 'zod';

export const orderLine = z.strictObject({
  product: z.string().min(1).max(128),
  quantity: z.int().min(1).max(1_000_000),
  unitCents: z.int().min(0).max(1_000_000_000),
  discountBp: z.int().min(0).max(10_000),
});

const money = { grossCents: z.int(), netCents: z.int() };

const orderPlacedV1 = z.strictObject({
  customer: z.string(),
  country: z.string(),
  lines: z.array(orderLine).readonly(),
  placedOn: z.string(),
  ...money,
});

export const orderEvents = {
  /** Before orders recorded their channel, all came by phone. */
  OrderPlaced: event(orderPlacedV1).upcast(
    orderPlacedV1.extend({ channel: z.string() }),
    (placed) => ({ ...placed, channel: 'phone' }),
  ),
  OrderConfirmed: event(z.strictObject({})),
  OrderShipped: event(z.strictObject({})),
  /** Contains what was placed, so that a projection can subtract it without reading rows. */
  OrderCancelled: event(
    z.strictObject({
      reason: z.string(),
      customer: z.string(),
      country: z.string(),
      placedOn: z.string(),
      ...money,
    }),
  ),
};
