/** What a user can and cannot write in `defineSaga` and `defineSteps`. Checked by the compiler, never run. */
import { cancelTimeout, proceed, startTimeout } from '../../core/process/effect.ts';
import { command } from '../../core/process/reactor.ts';
import { defineSaga } from '../../core/process/saga.ts';
import { action } from '../../core/process/saga-step.ts';
import { defineSteps } from '../../core/process/saga-steps.ts';
import { order } from '../shop/order.ts';
import { payment } from '../shop/payment.ts';
import { type Equal, expectTrue } from './equal.ts';

const correlate = {
  order: {
    OrderPlaced: ({ aggregateId }: { aggregateId: string }) => aggregateId,
    OrderCancelled: ({ aggregateId }: { aggregateId: string }) => aggregateId,
  },
};
const base = { name: 's', version: 1, from: [order], correlate } as const;
const initialState = (): { readonly paid: boolean } => ({ paid: false });

/* What compiles, without a type argument. */

defineSaga({
  ...base,
  initialState,
  startedBy: {
    order: {
      OrderPlaced: ({ data }, state) => {
        expectTrue<Equal<typeof data.channel, string>>();
        expectTrue<Equal<typeof state, { readonly paid: boolean }>>();
        return proceed(state, startTimeout('pay', 1_000));
      },
    },
  },
  timeouts: { pay: (state) => proceed(state, cancelTimeout('pay')) },
});

defineSteps({
  ...base,
  startedBy: { order: { OrderPlaced: ({ data }) => ({ cents: data.netCents }) } },
  steps: [
    {
      name: 'pay',
      commands: (data) => {
        expectTrue<Equal<typeof data, { cents: number }>>();
        return [action(command(payment, 'p-1', 'RequestPayment', data))];
      },
      endsOn: { order: { OrderCancelled: 'failed' } },
    },
  ],
});

/* What does not. */

defineSaga({
  ...base,
  initialState,
  // @ts-expect-error a timeout that has no handler
  startedBy: { order: { OrderPlaced: (_event, state) => proceed(state, startTimeout('pay', 1)) } },
});

defineSaga({
  ...base,
  initialState,
  // @ts-expect-error an event that the order does not have
  startedBy: { order: { OrderPlced: (_event, state) => proceed(state) } },
});

defineSaga({
  ...base,
  initialState,
  // @ts-expect-error another state than the saga's
  startedBy: { order: { OrderPlaced: () => proceed({ paid: 'yes' }) } },
});

// @ts-expect-error a payload that the payment does not take
command(payment, 'p-1', 'RequestPayment', { cents: '12' });

defineSteps({
  ...base,
  startedBy: { order: { OrderPlaced: ({ data }) => ({ cents: data.netCents }) } },
  // @ts-expect-error data that the start does not give
  steps: [{ name: 'pay', commands: ({ euros }) => euros }],
});

defineSteps({
  ...base,
  startedBy: { order: { OrderPlaced: ({ data }) => ({ cents: data.netCents }) } },
  // @ts-expect-error an event of an aggregate that is not a source
  steps: [{ name: 'pay', commands: () => [], endsOn: { order: { OrderPaid: 'done' } } }],
});
