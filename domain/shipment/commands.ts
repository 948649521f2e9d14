/** The commands of a shipment. */

import * as z from 'zod';

const item = z.strictObject({
  product: z.string().min(1).max(128),
  quantity: z.int().min(1).max(1_000_000_000),
});

export const shipmentCommands = {
  CreateShipment: z.strictObject({
    country: z.string().min(1).max(128),
    items: z.array(item).min(1).max(500).readonly(),
  }),
  DispatchShipment: z.strictObject({}),
  ConfirmDelivery: z.strictObject({}),
  CancelShipment: z.strictObject({}),
  ReturnShipment: z.strictObject({}),
};
