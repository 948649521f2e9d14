/**
 * Fulfilment: the saga that reserves stock, takes the payment and ships an order, and compensates when a step fails.
 */

import { action, command, defineSteps } from 'ledge';
import { order } from '../order/order.ts';
import { payment } from '../payment/payment.ts';
import { product } from '../product/product.ts';
import { shipment } from '../shipment/shipment.ts';

const PAYMENT_MS = 15 * 60_000;

interface Item {
  readonly product: string;
  readonly quantity: number;
}

/** One item per product, because a product has one reservation per order, however many lines name it. */
function itemsOf(lines: readonly Item[]): Item[] {
  const byProduct = Map.groupBy(lines, (line) => line.product);
  return [...byProduct].map(([product, own]) => ({
    product,
    quantity: own.reduce((sum, { quantity }) => sum + quantity, 0),
  }));
}

/**
 * From a web order to a dispatched parcel, or back to the state before: stock, payment and order end consistently.
 * Marking the order as shipped decides the race with the customer, who can cancel until then.
 */
export const fulfilment = defineSteps({
  name: 'fulfilment',
  version: 1,
  from: [order, payment],
  correlate: {
    order: {
      OrderPlaced: ({ aggregateId, data }) => (data.channel === 'web' ? aggregateId : undefined),
      OrderCancelled: ({ aggregateId }) => aggregateId,
    },
    payment: {
      PaymentCaptured: ({ aggregateId }) => aggregateId,
      PaymentDeclined: ({ aggregateId }) => aggregateId,
    },
  },
  startedBy: {
    order: {
      OrderPlaced: ({ aggregateId, data: { country, lines, netCents } }) => ({
        order: aggregateId,
        country,
        cents: netCents,
        items: itemsOf(lines),
      }),
    },
  },
  cancelledBy: { order: { OrderCancelled: ({ data }) => data.reason } },
  steps: [
    {
      name: 'reserve',
      commands: ({ order, items }) =>
        items.map((item) =>
          action(
            command(product, item.product, 'ReserveStock', { order, quantity: item.quantity }),
            { compensation: command(product, item.product, 'ReleaseStock', { order }) },
          ),
        ),
    },
    {
      name: 'pay',
      commands: ({ order, cents }) => [
        action(command(payment, order, 'RequestPayment', { cents }), {
          compensation: command(payment, order, 'RefundPayment', {}),
        }),
      ],
      endsOn: { payment: { PaymentCaptured: 'done', PaymentDeclined: 'failed' } },
      timeoutMs: PAYMENT_MS,
    },
    {
      name: 'confirm',
      commands: (data) => [action(command(order, data.order, 'ConfirmOrder', {}))],
    },
    {
      name: 'pack',
      commands: ({ order, country, items }) => [
        action(command(shipment, order, 'CreateShipment', { country, items }), {
          compensation: command(shipment, order, 'CancelShipment', {}),
        }),
      ],
    },
    {
      name: 'dispatch',
      commands: ({ order }) => [action(command(shipment, order, 'DispatchShipment', {}))],
    },
    {
      name: 'mark-shipped',
      commands: (data) => [action(command(order, data.order, 'MarkShipped', {}))],
      isPivot: true,
    },
    {
      name: 'ship',
      commands: ({ order, items }) =>
        items.map((item) => action(command(product, item.product, 'ShipStock', { order }))),
    },
  ],
  afterCompensation: (data, reason) => [command(order, data.order, 'CancelOrder', { reason })],
  sends: {
    product: ['ReserveStock', 'ReleaseStock', 'ShipStock'],
    payment: ['RequestPayment', 'RefundPayment'],
    order: ['ConfirmOrder', 'MarkShipped', 'CancelOrder'],
    shipment: ['CreateShipment', 'DispatchShipment', 'CancelShipment'],
  },
});
