/** A decider of Emmett, as an app of Emmett has it. */
import { type Command, type Decider, type Event, IllegalStateError } from './emmett.ts';

// #region decider
export type CartEvent =
  | Event<'ItemAdded', { item: string; quantity: number }>
  | Event<'ItemRemoved', { item: string; quantity: number }>
  | Event<'CartConfirmed', { confirmedAt: string }>;

export type CartCommand =
  | Command<'AddItem', { item: string; quantity: number }>
  | Command<'RemoveItem', { item: string; quantity: number }>
  | Command<'ConfirmCart', Record<never, never>>;

export type Cart =
  | { status: 'Empty' }
  | { status: 'Open'; items: Record<string, number> }
  | { status: 'Confirmed'; confirmedAt: string };

const initialState = (): Cart => ({ status: 'Empty' });

const evolve = (cart: Cart, { type, data }: CartEvent): Cart => {
  switch (type) {
    case 'ItemAdded':
      return { status: 'Open', items: moved(cart, data.item, data.quantity) };
    case 'ItemRemoved':
      return { status: 'Open', items: moved(cart, data.item, -data.quantity) };
    case 'CartConfirmed':
      return { status: 'Confirmed', confirmedAt: data.confirmedAt };
  }
};

const decide = ({ type, data, metadata }: CartCommand, cart: Cart): CartEvent | CartEvent[] => {
  if (cart.status === 'Confirmed') throw new IllegalStateError('The cart is confirmed.');
  switch (type) {
    case 'AddItem':
      return { type: 'ItemAdded', data };
    case 'RemoveItem':
      if (inCart(cart, data.item) < data.quantity)
        throw new IllegalStateError(`There are not so many of ${data.item} in the cart.`);
      return { type: 'ItemRemoved', data };
    case 'ConfirmCart':
      if (cart.status === 'Empty') return [];
      return {
        type: 'CartConfirmed',
        data: { confirmedAt: (metadata?.now ?? new Date()).toISOString() },
      };
  }
};

export const cartDecider: Decider<Cart, CartCommand, CartEvent> = { decide, evolve, initialState };
// #endregion

function moved(cart: Cart, item: string, quantity: number): Record<string, number> {
  const items = cart.status === 'Open' ? cart.items : {};
  return { ...items, [item]: inCart(cart, item) + quantity };
}

function inCart(cart: Cart, item: string): number {
  return cart.status === 'Open' && Object.hasOwn(cart.items, item) ? (cart.items[item] ?? 0) : 0;
}
