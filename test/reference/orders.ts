/** Named orders of the reference app, as events. */

import { totals } from '../../domain/money.ts';
import { order } from '../../domain/order/order.ts';
import { annsCart, bobsCart } from '../controls/carts.ts';

export { annsCart, bobsCart };

interface Cart {
  readonly customer: string;
  readonly country: string;
  readonly channel: string;
  readonly lines: typeof annsCart.lines;
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
