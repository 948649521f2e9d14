/** A customer: registered, moved at will, and closed for good. */

import { accept, defineAggregate, reject } from 'ledge';
import { customerCommands } from './commands.ts';
import { customerEvents, type Registration } from './events.ts';

type CustomerState =
  | { readonly status: 'none' }
  | ({ readonly status: 'registered' } & Registration)
  | { readonly status: 'closed'; readonly customer: string };

/**
 * The name and the postal address of a customer. They are sealed here, so that a repeated registration cannot be
 * recognised by its content; one with its idempotency key is.
 */
export const customer = defineAggregate({
  name: 'customer',
  events: customerEvents,
  commands: customerCommands,
  endsWith: ['CustomerClosed'],
  initialState: (): CustomerState => ({ status: 'none' }),

  evolve: {
    CustomerRegistered: (_state, { data }) => ({ status: 'registered', ...data }),
    CustomerMoved: (state, { data }) =>
      state.status === 'registered' ? { ...state, ...data } : state,
    CustomerClosed: (state) =>
      state.status === 'registered' ? { status: 'closed', customer: state.customer } : state,
  },

  decide: {
    RegisterCustomer: (data, state, { id }) => {
      if (data.customer !== id) return reject('another-customer', { customer: id });
      if (state.status !== 'none') return reject('already-registered');
      return accept({ type: 'CustomerRegistered', data });
    },

    MoveCustomer: (data, state, { id }) => {
      if (data.customer !== id) return reject('another-customer', { customer: id });
      if (state.status !== 'registered') return reject('not-registered');
      return accept({ type: 'CustomerMoved', data });
    },

    CloseCustomer: (_command, state) =>
      state.status === 'registered'
        ? accept({ type: 'CustomerClosed', data: {} })
        : reject('not-registered'),
  },
});
