/** The events of a shipment. */

import { event } from 'ledge';
import * as z from 'zod';

export const shipmentEvents = {
  ShipmentCreated: event(
    z.strictObject({
      country: z.string(),
      items: z.array(z.strictObject({ product: z.string(), quantity: z.int() })).readonly(),
    }),
  ),
  ShipmentDispatched: event(z.strictObject({})),
  /** The carrier says so. */
  ShipmentDelivered: event(z.strictObject({})),
  /** Possibly before it was created. */
  ShipmentCancelled: event(z.strictObject({})),
  /** It was dispatched and is on its way back. */
  ShipmentRecalled: event(z.strictObject({})),
  /** The customer sent it back. */
  ShipmentReturned: event(z.strictObject({})),
};
