/** The events of a product and its stock. */

import { event } from 'ledge';
import * as z from 'zod';

const quantity = z.int().min(1).max(1_000_000_000);
const order = z.string().min(1).max(128);

export const productEvents = {
  ProductRegistered: event(z.strictObject({ name: z.string(), priceCents: z.int().min(0) })),
  StockReceived: event(z.strictObject({ quantity })),
  StockReserved: event(z.strictObject({ order, quantity })),
  /** Quantity 0 when the release came before its reservation. */
  StockReleased: event(z.strictObject({ order, quantity: z.int().min(0) })),
  StockShipped: event(z.strictObject({ order, quantity })),
};
