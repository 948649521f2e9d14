/**
 * A bank account: the other app's only aggregate. It is independent of orders, and the runtime is independent of it.
 */
import { accept, defineAggregate, event, reject } from 'ledge';
import * as z from 'zod';

const cents = z.int().min(1).max(1_000_000_000);
const transfer = z.string().min(1).max(128);

type AccountState =
  | { readonly status: 'none' }
  | { readonly status: 'open'; readonly owner: string; readonly cents: number };

export const account = defineAggregate({
  name: 'account',
  events: {
    AccountOpened: event(z.strictObject({ owner: z.string() })),
    Deposited: event(z.strictObject({ cents })),
    Withdrawn: event(z.strictObject({ cents })),
    /** Money that left for another account, and money that came from one. */
    TransferSent: event(z.strictObject({ cents, transfer, to: z.string() })),
    TransferReceived: event(z.strictObject({ cents, transfer, from: z.string() })),
  },
  commands: {
    OpenAccount: z.strictObject({ owner: z.string().min(1).max(200) }),
    Deposit: z.strictObject({ cents }),
    Withdraw: z.strictObject({ cents }),
    SendTransfer: z.strictObject({ cents, transfer, to: z.string() }),
    ReceiveTransfer: z.strictObject({ cents, transfer, from: z.string() }),
  },
  initialState: (): AccountState => ({ status: 'none' }),
  evolve: {
    AccountOpened: (_state, { data }) => ({ status: 'open', owner: data.owner, cents: 0 }),
    Deposited: (state, { data }) => moved(state, data.cents),
    Withdrawn: (state, { data }) => moved(state, -data.cents),
    TransferSent: (state, { data }) => moved(state, -data.cents),
    TransferReceived: (state, { data }) => moved(state, data.cents),
  },
  decide: {
    OpenAccount: (data, state) =>
      state.status === 'none' ? accept({ type: 'AccountOpened', data }) : reject('already-open'),
    Deposit: (data, state) =>
      state.status === 'none' ? reject('not-open') : accept({ type: 'Deposited', data }),
    Withdraw: (data, state) => {
      if (state.status === 'none') return reject('not-open');
      if (data.cents > state.cents) return reject('not-enough', { cents: state.cents });
      return accept({ type: 'Withdrawn', data });
    },
    SendTransfer: (data, state) => {
      if (state.status === 'none') return reject('not-open');
      if (data.cents > state.cents) return reject('not-enough', { cents: state.cents });
      return accept({ type: 'TransferSent', data });
    },
    ReceiveTransfer: (data, state) =>
      state.status === 'none' ? reject('not-open') : accept({ type: 'TransferReceived', data }),
  },
});

function moved(state: AccountState, change: number): AccountState {
  return state.status === 'none' ? state : { ...state, cents: state.cents + change };
}
