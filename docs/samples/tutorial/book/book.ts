/** The tutorial's first aggregate: a book of a library, lent to one reader at a time. */
// #region aggregate
import { accept, defineAggregate, event, reject } from 'ledge';
import * as z from 'zod';

const title = z.string().min(1).max(200);
const loan = z.strictObject({ reader: z.string().min(1), due: z.iso.date() });

type BookState =
  | { readonly status: 'none' | 'available' }
  | { readonly status: 'lent'; readonly reader: string; readonly due: string };

export const book = defineAggregate({
  name: 'book',
  events: {
    BookAdded: event(z.strictObject({ title })),
    BookLent: event(loan),
    BookReturned: event(z.strictObject({ reader: z.string(), daysLate: z.int().min(0) })),
  },
  commands: {
    AddBook: z.strictObject({ title }),
    LendBook: loan,
    ReturnBook: z.strictObject({}),
  },
  initialState: (): BookState => ({ status: 'none' }),
  evolve: {
    BookAdded: (): BookState => ({ status: 'available' }),
    BookLent: (_state, { data }) => ({ status: 'lent', ...data }),
    BookReturned: (): BookState => ({ status: 'available' }),
  },
  decide: {
    AddBook: (data, state) =>
      state.status === 'none' ? accept({ type: 'BookAdded', data }) : reject('already-added'),
    LendBook: (data, state) =>
      state.status === 'available'
        ? accept({ type: 'BookLent', data })
        : reject('not-available', { status: state.status }),
    ReturnBook: (_data, state, { now }) => {
      if (state.status !== 'lent') return reject('not-lent');
      const { reader, due } = state;
      return accept({ type: 'BookReturned', data: { reader, daysLate: daysBetween(due, now) } });
    },
  },
});

function daysBetween(due: string, now: string): number {
  const days = (Date.parse(now.slice(0, 10)) - Date.parse(due)) / 86_400_000;
  return Math.max(0, days);
}
// #endregion
