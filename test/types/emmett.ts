/** What `fromDecider` infers, and what it does not let through. Checked by the compiler, never run. */
import { event, type ReasonOf } from 'ledge';
import { type EmmettReason, fromDecider } from 'ledge/emmett';
import * as z from 'zod';
import type { cart } from '../../docs/samples/emmett/cart.ts';
import { type Cart, cartDecider } from '../../docs/samples/emmett/cart-decider.ts';
import { type Equal, expectTrue } from './equal.ts';

expectTrue<Equal<ReturnType<typeof cart.initialState>, Cart>>();
expectTrue<Equal<ReasonOf<typeof cart.decide.AddItem>, EmmettReason>>();
expectTrue<Equal<z.input<typeof cart.commands.AddItem>, { item: string; quantity: number }>>();

const item = z.strictObject({ item: z.string(), quantity: z.int() });
const events = {
  ItemAdded: event(item),
  ItemRemoved: event(item),
  CartConfirmed: event(z.strictObject({ confirmedAt: z.string() })),
};
const commands = { AddItem: item, RemoveItem: item, ConfirmCart: z.strictObject({}) };
const parts = { name: 'cart', events, commands, decider: cartDecider };

fromDecider(parts);

// @ts-expect-error an event of the decider has no schema
fromDecider({ ...parts, events: { ItemAdded: event(item), ItemRemoved: event(item) } });

// @ts-expect-error an event's data is not what the decider decides
fromDecider({
  ...parts,
  events: { ...events, CartConfirmed: event(z.strictObject({ at: z.string() })) },
});

// @ts-expect-error the decider does not know the command
fromDecider({ ...parts, commands: { ...commands, EmptyCart: z.strictObject({}) } });

// @ts-expect-error a command's data is not what the decider takes
fromDecider({ ...parts, commands: { ...commands, AddItem: z.strictObject({ item: z.string() }) } });

fromDecider({
  ...parts,
  decider: {
    ...cartDecider,
    // @ts-expect-error Ledge has no such metadata to give
    decide: (_: { type: string; data: unknown; metadata: { client: string } }) => [],
  },
});

// @ts-expect-error a Date is no JSON
fromDecider({ ...parts, commands: { ...commands, AddItem: z.strictObject({ at: z.date() }) } });
