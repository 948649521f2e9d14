/** The tutorial's app. */
// #region app
import { defineApp } from 'ledge';
import { book } from './book/book.ts';
import { books } from './book/books.ts';
import { fines } from './fines/fines.ts';
import { reader } from './reader/reader.ts';

export const app = defineApp({
  aggregates: [book, reader],
  projections: [books],
  reactors: [fines],
});
// #endregion
