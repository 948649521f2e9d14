/** The aggregate of the pages for those who come from another system: a bank account. */
// #region account
import { accept, defineAggregate, event, reject } from 'ledge';
import * as z from 'zod';

const money = z.strictObject({ cents: z.int().positive() });

export const account = defineAggregate({
  name: 'account',
  events: { Deposited: event(money), Withdrawn: event(money) },
  commands: { Deposit: money, Withdraw: money },
  initialState: () => ({ balanceCents: 0 }),
  evolve: {
    Deposited: ({ balanceCents }, { data }) => ({ balanceCents: balanceCents + data.cents }),
    Withdrawn: ({ balanceCents }, { data }) => ({ balanceCents: balanceCents - data.cents }),
  },
  decide: {
    Deposit: (data) => accept({ type: 'Deposited', data }),
    Withdraw: (data, { balanceCents }) =>
      data.cents <= balanceCents
        ? accept({ type: 'Withdrawn', data })
        : reject('not-enough-money', { balanceCents }),
  },
});
// #endregion
