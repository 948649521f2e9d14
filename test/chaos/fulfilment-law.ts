/**
 * I11: what the shop promises when all is quiet. Of an order that came by the web either everything was
 * done or nothing is left of it; and no shelf holds less than is promised from it.
 */
import { fold } from '../../core/aggregate/aggregate.ts';
import type { FinalState } from '../checker/final-state.ts';
import { type Finding, findingsOf } from '../checker/finding.ts';
import { order } from '../shop/order.ts';
import { payment } from '../shop/payment.ts';
import { product } from '../shop/product.ts';
import { shipment } from '../shop/shipment.ts';

const unbalanced = findingsOf('unbalanced');

/** The allowed final states of each part of an order, by the order's end. */
const ends: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  shipped: { payment: ['captured'], shipment: ['dispatched'], stock: ['shipped'] },
  cancelled: {
    payment: ['none', 'declined', 'cancelled', 'refunded'],
    shipment: ['none', 'cancelled', 'recalled'],
    stock: ['none', 'released'],
  },
};

export function fulfilmentLaw(state: FinalState): Finding[] {
  return [...shelves(state), ...webOrders(state).flatMap((id) => endOf(state, id))];
}

function shelves({ logs }: FinalState): Finding[] {
  return streamsOf(logs, 'product').flatMap((stream) => {
    const { onHand = 0, reserved = 0 } = Object(folded(product, logs, stream));
    if (reserved >= 0 && onHand >= reserved) return [];
    return [unbalanced(stream, `${onHand} are on hand, ${reserved} are promised.`)];
  });
}

function webOrders({ logs }: FinalState): string[] {
  return streamsOf(logs, 'order').flatMap((stream) => {
    const placed = logs[stream]?.find(({ type }) => type === 'OrderPlaced');
    return Object(placed?.data).channel === 'web' ? [stream.slice('order/'.length)] : [];
  });
}

function endOf({ logs }: FinalState, id: string): Finding[] {
  const { status } = Object(folded(order, logs, `order/${id}`));
  const allowed = ends[status];
  if (!allowed)
    return [unbalanced(`order/${id}`, `It is neither shipped nor cancelled: ${status}.`)];
  const parts = {
    payment: [Object(folded(payment, logs, `payment/${id}`)).status],
    shipment: [Object(folded(shipment, logs, `shipment/${id}`)).status],
    stock: reservations(logs, id),
  };
  return Object.entries(parts).flatMap(([part, statuses]) =>
    statuses
      .filter((one) => !allowed[part]?.includes(one))
      .map((one) => unbalanced(`order/${id}`, `It is ${status}, its ${part} is ${one}.`)),
  );
}

const claimAfter: Readonly<Record<string, string>> = {
  StockReserved: 'reserved',
  StockReleased: 'released',
  StockShipped: 'shipped',
};

/** By the log, since the state forgets what was settled long ago. What became of its claim on each product that it was for. */
function reservations(logs: FinalState['logs'], id: string): string[] {
  const placed = logs[`order/${id}`]?.find(({ type }) => type === 'OrderPlaced');
  const lines: { product: string }[] = Object(placed?.data).lines;
  return lines.map((line) => {
    const claims = (logs[`product/${line.product}`] ?? []).filter(
      ({ data }) => Object(data).order === id,
    );
    return claimAfter[claims.at(-1)?.type ?? ''] ?? 'none';
  });
}

function streamsOf(logs: FinalState['logs'], aggregate: string): string[] {
  return Object.keys(logs).filter((stream) => stream.startsWith(`${aggregate}/`));
}

function folded(aggregate: Parameters<typeof fold>[0], logs: FinalState['logs'], stream: string) {
  return fold(aggregate, aggregate.initialState(), logs[stream] ?? []);
}
