// #region reactor
import { command, defineReactor } from 'ledge';
import { payment } from '../payment/payment.ts';
import { shipment } from '../shipment/shipment.ts';

/** Refunds the payment of a shipment that the customer returns. */
export const returns = defineReactor({
  name: 'returns',
  from: [shipment],
  on: {
    shipment: {
      ShipmentReturned: ({ aggregateId }) => command(payment, aggregateId, 'RefundPayment', {}),
    },
  },
  sends: { payment: ['RefundPayment'] },
});
// #endregion
