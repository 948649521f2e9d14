/** What comes in from another system, what goes out to a provider because of it, and what is published of both. */
import * as z from 'zod';
import { defineInbound } from '../../core/inbound/define-inbound.ts';
import { credential } from '../../core/inbound/verification.ts';
import { command } from '../../core/process/reactor.ts';
import { definePublication } from '../../core/publication/define-publication.ts';
import { publicEvent } from '../../core/publication/public-event.ts';
import { charging } from '../workers/support/charging.ts';

/** A message is one request, on the stream that it names. */
export const bookings = defineInbound({
  name: 'bookings',
  verify: credential(),
  input: z.object({ id: z.string(), account: z.string(), cents: z.int() }),
  key: ({ id }) => id,
  on: ({ account, cents }) => command(charging, account, 'RequestPayment', { cents }),
});

const asked = z.strictObject({ asked: z.int() });

export const payments = definePublication({
  name: 'payments',
  from: [charging],
  startsAt: 'beginning',
  events: {
    'payments.requested': publicEvent(z.strictObject({ cents: z.int() }), { version: 1 }),
    'payments.captured': publicEvent(asked, { version: 1 }),
    'payments.declined': publicEvent(asked, { version: 1 }),
  },
  on: {
    charging: {
      PaymentRequested: ({ data }, publish) => publish('payments.requested', data),
      PaymentCaptured: ({ data }, publish) => publish('payments.captured', { asked: data.asked }),
      PaymentDeclined: ({ data }, publish) => publish('payments.declined', { asked: data.asked }),
    },
  },
});
