// #region test
import { given } from 'ledge/testing';
import { test } from 'vitest';
import { book } from './book.ts';

const added = { type: 'BookAdded', data: { title: 'Dune' } } as const;
const lent = { type: 'BookLent', data: { reader: 'ann', due: '2026-12-01' } } as const;

test('a book is lent to one reader at a time', () => {
  given(book, [added])
    .when('LendBook', lent.data)
    .then([lent])
    .when('LendBook', { reader: 'ben', due: '2026-12-05' })
    .thenRejected('not-available', { status: 'lent' });
});

test('a book that is returned three days after it is due is three days late', () => {
  given(book, [added, lent])
    .when('ReturnBook', {}, { now: '2026-12-04T09:00:00Z' })
    .then([{ type: 'BookReturned', data: { reader: 'ann', daysLate: 3 } }]);
});
// #endregion

test('a book that is returned in time is not late', () => {
  given(book, [added, lent])
    .when('ReturnBook', {}, { now: '2026-11-30T09:00:00Z' })
    .then([{ type: 'BookReturned', data: { reader: 'ann', daysLate: 0 } }]);
});

test('only a book that is lent is returned, and a book is added once', () => {
  given(book, [added]).when('ReturnBook', {}).thenRejected('not-lent');
  given(book, [added]).when('AddBook', added.data).thenRejected('already-added');
});
