/** What the customers of the crash tests' shop do, and what has to add up in the end, whatever was killed meanwhile. */
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import type { ShopCommand } from './client.ts';

const PRODUCTS = Array.from({ length: 4 }, (_, index) => `shelf-${index}`);
export const RECEIVED = 40;
const PRICE_CENTS = 500;

/** Every shelf filled once. Little enough that some orders find nothing left. */
export const opening: readonly ShopCommand[] = PRODUCTS.flatMap((id) => [
  ofProduct(id, 'RegisterProduct', { name: id, priceCents: PRICE_CENTS }),
  ofProduct(id, 'ReceiveStock', { quantity: RECEIVED }),
]);

function ofProduct(id: string, command: string, data: object): ShopCommand {
  return { aggregate: 'product', id, command, data };
}

/** A shopper: places orders, and pays, cannot pay or cancels those that were placed before. */
export function shopper(name: number): () => ShopCommand[] {
  let orders = 0;
  return () => {
    const id = `${name}-${random(orders + 1)}`;
    switch (random(5)) {
      case 0:
        return [{ aggregate: 'order', id, command: 'CancelOrder', data: { reason: 'too late' } }];
      case 1:
        return [
          { aggregate: 'payment', id, command: 'DeclinePayment', data: { reason: 'no funds' } },
        ];
      case 2:
        return [capture(id)];
      default:
        return [place(`${name}-${++orders}`)];
    }
  };
}

export function capture(id: string): ShopCommand {
  return { aggregate: 'payment', id, command: 'CapturePayment', data: {} };
}

function place(id: string): ShopCommand {
  const ordered = PRODUCTS.filter(() => random(2) === 0);
  const lines = (ordered.length > 0 ? ordered : PRODUCTS).map((product) => {
    return { product, quantity: 1, unitCents: PRICE_CENTS, discountBp: 0 };
  });
  const data = { customer: 'ANATR', country: 'Germany', channel: 'web', lines };
  return { aggregate: 'order', id, command: 'PlaceOrder', data };
}

export interface Sums {
  readonly shipped: number;
  /** Received, less what has left and what is reserved. */
  readonly left: number;
  readonly reserved: number;
  /** Captured, less refunded. */
  readonly moneyCents: number;
  /** Of the orders that were shipped. */
  readonly worthCents: number;
}

/** Counted by the events, which cannot be undone. */
export function sumsOf(log: readonly StoredEvent[]): Sums {
  const sum = (type: string, member: string) =>
    log
      .filter((event) => event.type === type)
      .reduce((total, { data }) => total + Number(Object(data)[member]), 0);
  const shipped = sum('StockShipped', 'quantity');
  const sold = new Set(log.filter(({ type }) => type === 'OrderShipped').map((one) => one.stream));
  const worthCents = log
    .filter(({ type, stream }) => type === 'OrderPlaced' && sold.has(stream))
    .reduce((total, { data }) => total + Number(Object(data).netCents), 0);
  return {
    shipped,
    left: sum('StockReceived', 'quantity') - shipped,
    reserved: sum('StockReserved', 'quantity') - sum('StockReleased', 'quantity') - shipped,
    moneyCents: sum('PaymentCaptured', 'cents') - sum('PaymentRefunded', 'cents'),
    worthCents,
  };
}

/** Effects of sagas that were carried out more than once: their commands' names. */
export function repeatedEffects(log: readonly StoredEvent[]): string[] {
  const effects = log.filter(({ metadata }) => metadata.commandId.startsWith('ledge:saga/'));
  const times = Map.groupBy(effects, ({ metadata, type }) => `${metadata.commandId} ${type}`);
  return [...times].filter(([, events]) => events.length > 1).map(([name]) => name);
}

export function random(below: number): number {
  return Math.floor(Math.random() * below);
}
