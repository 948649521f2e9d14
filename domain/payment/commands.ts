/** The commands of a payment; the payment provider sends the ones that capture or decline it. */

import * as z from 'zod';

export const paymentCommands = {
  RequestPayment: z.strictObject({ cents: z.int().min(0) }),
  CapturePayment: z.strictObject({}),
  DeclinePayment: z.strictObject({ reason: z.string().min(1).max(1_000) }),
  RefundPayment: z.strictObject({}),
};
