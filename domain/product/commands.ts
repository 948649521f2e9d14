/** The commands of a product and its stock. */

import * as z from 'zod';

const quantity = z.int().min(1).max(1_000_000);
const order = z.string().min(1).max(128);

export const productCommands = {
  RegisterProduct: z.strictObject({
    name: z.string().min(1).max(200),
    priceCents: z.int().min(0).max(1_000_000_000),
  }),
  ReceiveStock: z.strictObject({ quantity }),
  ReserveStock: z.strictObject({ order, quantity }),
  ReleaseStock: z.strictObject({ order }),
  ShipStock: z.strictObject({ order }),
};
