/** The payment of one order: requested, then captured or declined; refunded after a capture. */

import { accept, defineAggregate, reject } from 'ledge';
import { paymentCommands } from './commands.ts';
import { paymentEvents } from './events.ts';

type PaymentState =
  | { readonly status: 'none' | 'declined' | 'cancelled' }
  | { readonly status: 'requested' | 'captured' | 'refunded'; readonly cents: number };

/** The payment of one order, under the order's id. The payment provider reports whether it is captured. */
export const payment = defineAggregate({
  name: 'payment',
  events: paymentEvents,
  commands: paymentCommands,
  initialState: (): PaymentState => ({ status: 'none' }),

  evolve: {
    PaymentRequested: (_state, { data: { cents } }) => ({ status: 'requested', cents }),
    PaymentCaptured: (_state, { data: { cents } }) => ({ status: 'captured', cents }),
    PaymentDeclined: (_state) => ({ status: 'declined' }),
    PaymentCancelled: (_state) => ({ status: 'cancelled' }),
    PaymentRefunded: (_state, { data: { cents } }) => ({ status: 'refunded', cents }),
  },

  decide: {
    RequestPayment: ({ cents }, state) => {
      if (state.status === 'none') return accept({ type: 'PaymentRequested', data: { cents } });
      if (state.status === 'cancelled') return reject('cancelled');
      const same = !('cents' in state) || state.cents === cents;
      return same ? accept() : reject('already-requested', { cents: state.cents });
    },

    CapturePayment: (_command, state) => {
      if (state.status === 'captured') return accept();
      if (state.status !== 'requested') return reject('not-requested', { status: state.status });
      return accept({ type: 'PaymentCaptured', data: { cents: state.cents } });
    },

    DeclinePayment: (data, state) => {
      if (state.status === 'declined') return accept();
      if (state.status !== 'requested') return reject('not-requested', { status: state.status });
      return accept({ type: 'PaymentDeclined', data });
    },

    /** A payment that is not captured yet is cancelled, so that a late capture or a late request is refused. */
    RefundPayment: (_command, state) => {
      switch (state.status) {
        case 'captured':
          return accept({ type: 'PaymentRefunded', data: { cents: state.cents } });
        case 'none':
        case 'requested':
          return accept({ type: 'PaymentCancelled', data: {} });
        default:
          return accept();
      }
    },
  },
});
