// #region test
import { command } from 'ledge';
import { givenReactor } from 'ledge/testing';
import { test } from 'vitest';
import { book } from '../book/book.ts';
import { reader } from '../reader/reader.ts';
import { fines } from './fines.ts';

const dune = { aggregate: book, id: 'dune', type: 'BookReturned' } as const;

test('a reader is charged 50 cents for each day', () => {
  givenReactor(fines)
    .whenEvent({ ...dune, data: { reader: 'ann', daysLate: 3 } })
    .thenSends(command(reader, 'ann', 'ChargeFine', { cents: 150, book: 'dune' }));
});

test('a reader who is in time is charged nothing', () => {
  givenReactor(fines)
    .whenEvent({ ...dune, data: { reader: 'ann', daysLate: 0 } })
    .thenSends();
});
// #endregion
