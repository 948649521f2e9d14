/** The tutorial's reactor: a fine for a book that is returned late. */
// #region reactor
import { command, defineReactor } from 'ledge';
import { book } from '../book/book.ts';
import { reader } from '../reader/reader.ts';

const CENTS_A_DAY = 50;

export const fines = defineReactor({
  name: 'fines',
  from: [book],
  on: {
    book: {
      BookReturned: ({ aggregateId, data }) =>
        data.daysLate > 0
          ? command(reader, data.reader, 'ChargeFine', {
              cents: data.daysLate * CENTS_A_DAY,
              book: aggregateId,
            })
          : [],
    },
  },
  sends: { reader: ['ChargeFine'] },
});
// #endregion
