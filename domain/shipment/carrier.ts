/** What the carrier reports of parcels, which it signs. Its words are known here alone. */

// #region carrier
import { command, defineInbound, ignore, standardWebhook } from 'ledge';
import * as z from 'zod';
import { shipment } from './shipment.ts';

export const carrier = defineInbound({
  name: 'carrier',
  verify: standardWebhook('CARRIER_SECRET'),
  tenant: 'main',
  input: z.object({ id: z.string(), parcel: z.string(), status: z.string() }),
  key: ({ id }) => id,
  on: ({ parcel, status }) => {
    if (status === 'delivered') return command(shipment, parcel, 'ConfirmDelivery', {});
    if (status === 'returned') return command(shipment, parcel, 'ReturnShipment', {});
    return ignore(`${status} changes no shipment`);
  },
  sends: { shipment: ['ConfirmDelivery', 'ReturnShipment'] },
});
// #endregion
