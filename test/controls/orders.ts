/** Named orders as events. */
import { totals } from '../../domain/money.ts';
import { order } from '../../domain/order/order.ts';

const chai = { product: 'chai', quantity: 3, unitCents: 1_800, discountBp: 0 };
/** 5 % off: 2,097.6 cents, rounded up. */
const chang = { product: 'chang', quantity: 1, unitCents: 2_208, discountBp: 500 };

/** What a customer sends. */
export const annsCart = {
  customer: 'ann',
  country: 'Germany',
  channel: 'web',
  lines: [chai, chang],
};
export const bobsCart = { customer: 'bob', country: 'Austria', channel: 'web', lines: [chai] };

interface Cart {
  readonly customer: string;
  readonly country: string;
  readonly channel: string;
  readonly lines: readonly (typeof chai)[];
}

export const confirmed = { type: 'OrderConfirmed', data: {} } as const;
export const shipped = { type: 'OrderShipped', data: {} } as const;

export function placed(cart: Cart, placedOn: string) {
  const data = { ...cart, placedOn, ...totals(cart.lines) };
  return { type: 'OrderPlaced', data } as const;
}

export function cancelled({ customer, country, lines }: Cart, placedOn: string) {
  const data = { reason: 'changed my mind', customer, country, placedOn, ...totals(lines) };
  return { type: 'OrderCancelled', data } as const;
}

/** The order of an event. */
export const inOrder = (id: string) => ({ aggregate: order, id }) as const;
