/** The commands of an order. */

import * as z from 'zod';
import { type PricedLine, totals } from '../money.ts';
import { orderLine } from './events.ts';

/** Each line can be within its limits while their sum exceeds the safe integers. */
function isCountable(lines: readonly PricedLine[]): boolean {
  return Number.isSafeInteger(totals(lines).grossCents);
}

export const orderCommands = {
  PlaceOrder: z.strictObject({
    customer: z.string().min(1).max(128),
    country: z.string().min(1).max(128),
    channel: z
      .string()
      .regex(/^[a-z-]{1,40}$/)
      .default('web'),
    lines: z
      .array(orderLine)
      .min(1)
      .max(500)
      .readonly()
      .refine(isCountable, 'The total is too large.'),
  }),
  ConfirmOrder: z.strictObject({}),
  MarkShipped: z.strictObject({}),
  CancelOrder: z.strictObject({ reason: z.string().min(1).max(1_000) }),
};
