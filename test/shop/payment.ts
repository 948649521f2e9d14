/** The payment of one order of the tests' shop: requested, then captured or declined; refunded after a capture. */
import { accept, defineAggregate, event, reject } from 'ledge';
import * as z from 'zod';

const amount = z.strictObject({ cents: z.int().min(0) });
const nothing = z.strictObject({});

type PaymentState =
  | { readonly status: 'none' | 'declined' | 'cancelled' }
  | { readonly status: 'requested' | 'captured' | 'refunded'; readonly cents: number };

export const payment = defineAggregate({
  name: 'payment',
  events: {
    PaymentRequested: event(amount),
    PaymentCaptured: event(amount),
    PaymentDeclined: event(z.strictObject({ reason: z.string() })),
    PaymentCancelled: event(nothing),
    PaymentRefunded: event(amount),
  },
  commands: {
    RequestPayment: amount,
    CapturePayment: nothing,
    DeclinePayment: z.strictObject({ reason: z.string().min(1).max(1_000) }),
    RefundPayment: nothing,
  },
  initialState: (): PaymentState => ({ status: 'none' }),

  evolve: {
    PaymentRequested: (_state, { data: { cents } }) => ({ status: 'requested', cents }),
    PaymentCaptured: (_state, { data: { cents } }) => ({ status: 'captured', cents }),
    PaymentDeclined: (_state) => ({ status: 'declined' }),
    PaymentCancelled: (_state) => ({ status: 'cancelled' }),
    PaymentRefunded: (_state, { data: { cents } }) => ({ status: 'refunded', cents }),
  },

  decide: {
    RequestPayment: (data, { status }) => {
      if (status === 'cancelled') return reject('cancelled');
      return status === 'none' ? accept({ type: 'PaymentRequested', data }) : accept();
    },
    CapturePayment: (_data, state) => {
      if (state.status === 'captured') return accept();
      if (state.status !== 'requested') return reject('not-requested', { status: state.status });
      return accept({ type: 'PaymentCaptured', data: { cents: state.cents } });
    },
    DeclinePayment: (data, { status }) => {
      if (status === 'declined') return accept();
      if (status !== 'requested') return reject('not-requested', { status });
      return accept({ type: 'PaymentDeclined', data });
    },
    /** Before the capture the payment is cancelled, and a late request or capture refused. */
    RefundPayment: (_data, state) => {
      if (state.status === 'captured')
        return accept({ type: 'PaymentRefunded', data: { cents: state.cents } });
      const isOpen = state.status === 'none' || state.status === 'requested';
      return isOpen ? accept({ type: 'PaymentCancelled', data: {} }) : accept();
    },
  },
});
