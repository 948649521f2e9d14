/** The decider of Emmett as an aggregate of Ledge. */
// #region cart
import { event } from 'ledge';
import { fromDecider } from 'ledge/emmett';
import * as z from 'zod';
import { cartDecider } from './cart-decider.ts';

const item = z.strictObject({ item: z.string().min(1), quantity: z.int().positive() });

export const cart = fromDecider({
  name: 'cart',
  events: {
    ItemAdded: event(item),
    ItemRemoved: event(item),
    CartConfirmed: event(z.strictObject({ confirmedAt: z.iso.datetime() })),
  },
  commands: { AddItem: item, RemoveItem: item, ConfirmCart: z.strictObject({}) },
  decider: cartDecider,
});
// #endregion
