/** An order: placed once, and cancelled at most once. */

import { accept, defineAggregate, reject } from 'ledge';
import { totals } from '../money.ts';
import { orderCommands } from './commands.ts';
import { orderEvents } from './events.ts';

/** What a cancellation has to undo. */
export interface Placed {
  readonly customer: string;
  readonly country: string;
  readonly placedOn: string;
  readonly grossCents: number;
  readonly netCents: number;
}

type OrderState =
  | { readonly status: 'none' }
  | ({ readonly status: 'placed' | 'confirmed' | 'shipped' | 'cancelled' } & Placed);

/** From placing an order to the dispatch of its parcel. A repeated step is accepted without events. */
export const order = defineAggregate({
  name: 'order',
  events: orderEvents,
  commands: orderCommands,
  initialState: (): OrderState => ({ status: 'none' }),

  evolve: {
    OrderPlaced: (_state, { data: { lines: _lines, channel: _channel, ...placed } }) => ({
      status: 'placed',
      ...placed,
    }),
    OrderConfirmed: (state) => moved(state, 'confirmed'),
    OrderShipped: (state) => moved(state, 'shipped'),
    OrderCancelled: (state) => moved(state, 'cancelled'),
  },

  decide: {
    PlaceOrder: ({ lines, ...asked }, state, { occurredAt }) => {
      if (state.status !== 'none') return reject('already-placed', { status: state.status });
      const placedOn = occurredAt.slice(0, 10);
      const data = { ...asked, lines, placedOn, ...totals(lines) };
      return accept({ type: 'OrderPlaced', data });
    },

    ConfirmOrder: (_command, state) => {
      if (state.status === 'none') return reject('not-placed');
      if (state.status === 'cancelled') return reject('cancelled');
      return state.status === 'placed' ? accept({ type: 'OrderConfirmed', data: {} }) : accept();
    },

    MarkShipped: (_command, state) => {
      if (state.status === 'shipped') return accept();
      if (state.status !== 'confirmed') return reject('not-confirmed', { status: state.status });
      return accept({ type: 'OrderShipped', data: {} });
    },

    CancelOrder: ({ reason }, state) => {
      if (state.status === 'none') return reject('not-placed');
      if (state.status === 'shipped') return reject('already-shipped');
      if (state.status === 'cancelled') return accept();
      const { status: _status, ...placed } = state;
      return accept({ type: 'OrderCancelled', data: { reason, ...placed } });
    },
  },
});

/** An order that was never placed stays so: `decide` makes no such event. */
function moved(state: OrderState, status: 'confirmed' | 'shipped' | 'cancelled'): OrderState {
  return state.status === 'none' ? state : { ...state, status };
}
