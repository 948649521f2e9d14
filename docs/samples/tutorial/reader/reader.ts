/** The tutorial's second aggregate: a reader, and what the reader owes. */
// #region aggregate
import { accept, defineAggregate, event, reject } from 'ledge';
import * as z from 'zod';

const cents = z.int().positive().max(1_000_000);

export const reader = defineAggregate({
  name: 'reader',
  events: {
    FineCharged: event(z.strictObject({ cents, book: z.string() })),
    FinePaid: event(z.strictObject({ cents })),
  },
  commands: {
    ChargeFine: z.strictObject({ cents, book: z.string() }),
    PayFine: z.strictObject({ cents }),
  },
  initialState: () => ({ owedCents: 0 }),
  evolve: {
    FineCharged: ({ owedCents }, { data }) => ({ owedCents: owedCents + data.cents }),
    FinePaid: ({ owedCents }, { data }) => ({ owedCents: owedCents - data.cents }),
  },
  decide: {
    ChargeFine: (data) => accept({ type: 'FineCharged', data }),
    PayFine: (data, { owedCents }) =>
      data.cents <= owedCents
        ? accept({ type: 'FinePaid', data })
        : reject('not-so-much-owed', { owedCents }),
  },
});
// #endregion
