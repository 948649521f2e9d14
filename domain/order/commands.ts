import { z } from 'zod';
import { orderLine } from './events.ts';

export const orderCommands = {
  PlaceOrder: z.strictObject({
    customer: z.string().min(1).max(128),
    country: z.string().min(1).max(128),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .default('USD'),
    lines: z.array(orderLine).min(1).max(500).readonly(),
  }),
  ConfirmOrder: z.strictObject({}),
  MarkShipped: z.strictObject({}),
  CancelOrder: z.strictObject({ reason: z.string().min(1).max(1_000) }),
};
