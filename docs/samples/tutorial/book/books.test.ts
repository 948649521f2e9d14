// #region test
import { project } from 'ledge/testing';
import { expect, test } from 'vitest';
import { book } from './book.ts';
import { books } from './books.ts';

const dune = { aggregate: book, id: 'dune' } as const;

test('the row of a book has its reader while it is lent', () => {
  const added = { ...dune, type: 'BookAdded', data: { title: 'Dune' } } as const;
  const lent = { ...dune, type: 'BookLent', data: { reader: 'ann', due: '2026-12-01' } } as const;
  expect(project(books, [added, lent])).toEqual({
    books: [{ book: 'dune', title: 'Dune', status: 'lent', reader: 'ann', due: '2026-12-01' }],
  });
});
// #endregion
