// #region reactor
import { command, defineReactor } from 'ledge';
import { payment } from '../payment/payment.ts';
import { shipment } from '../shipment/shipment.ts';

/** Who sends a parcel back gets the money back. */
export const returns = defineReactor({
  name: 'returns',
  from: [shipment],
  on: {
    shipment: {
      ShipmentReturned: ({ aggregateId }) => command(payment, aggregateId, 'RefundPayment', {}),
    },
  },
});
// #endregion
