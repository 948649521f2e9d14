/** The events of a payment. */

import { event } from 'ledge';
import * as z from 'zod';

const cents = z.int().min(0);

export const paymentEvents = {
  PaymentRequested: event(z.strictObject({ cents })),
  PaymentCaptured: event(z.strictObject({ cents })),
  PaymentDeclined: event(z.strictObject({ reason: z.string() })),
  /** Cancelled before the capture, perhaps before the request. */
  PaymentCancelled: event(z.strictObject({})),
  PaymentRefunded: event(z.strictObject({ cents })),
};
