/**
 * The saga and the reactor of the tests' shop. The saga reserves stock, takes the payment and ships a web order, or
 * compensates; the reactor refunds the payment of a returned shipment.
 */
import { action, command, defineReactor, defineSteps } from 'ledge';
import { order } from './order.ts';
import { payment } from './payment.ts';
import { product } from './product.ts';
import { shipment } from './shipment.ts';

interface Item {
  readonly product: string;
  readonly quantity: number;
}

/** One item per product: a product has one reservation per order. */
function itemsOf(lines: readonly Item[]): Item[] {
  return [...Map.groupBy(lines, (line) => line.product)].map(([product, own]) => ({
    product,
    quantity: own.reduce((sum, { quantity }) => sum + quantity, 0),
  }));
}

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
      OrderPlaced: ({ aggregateId, data: { lines, netCents } }) => ({
        order: aggregateId,
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
        items.map(({ product: id, quantity }) =>
          action(command(product, id, 'ReserveStock', { order, quantity }), {
            compensation: command(product, id, 'ReleaseStock', { order }),
          }),
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
      timeoutMs: 15 * 60_000,
    },
    {
      name: 'confirm',
      commands: (data) => [action(command(order, data.order, 'ConfirmOrder', {}))],
    },
    {
      name: 'pack',
      commands: ({ order }) => [
        action(command(shipment, order, 'CreateShipment', {}), {
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
});

export const returns = defineReactor({
  name: 'returns',
  from: [shipment],
  on: {
    shipment: {
      ShipmentReturned: ({ aggregateId }) => command(payment, aggregateId, 'RefundPayment', {}),
    },
  },
});
