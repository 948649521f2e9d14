/** The tutorial's read model: a row for each book, and a query by name. */
// #region projection
import { and, asc, eq, lt } from 'drizzle-orm';
import { text } from 'drizzle-orm/sqlite-core';
import { defineProjection, table } from 'ledge';
import * as z from 'zod';
import { book } from './book.ts';

export const books = defineProjection({
  name: 'books',
  version: 1,
  from: [book],
  tables: {
    books: table(
      {
        book: text().notNull(),
        title: text().notNull(),
        status: text({ enum: ['available', 'lent'] }).notNull(),
        reader: text(),
        due: text(),
      },
      { key: ['book'], filters: ['reader', 'status'], indexes: [['reader'], ['status', 'due']] },
    ),
  },
  on: {
    book: {
      BookAdded: ({ aggregateId, data }, { books }) =>
        books.insert({ book: aggregateId, title: data.title, status: 'available' }),
      BookLent: ({ aggregateId, data }, { books }) =>
        books.patch({ book: aggregateId }, { set: { status: 'lent', ...data } }),
      BookReturned: ({ aggregateId }, { books }) =>
        books.patch(
          { book: aggregateId },
          { set: { status: 'available', reader: null, due: null } },
        ),
    },
  },
}).query('overdue', z.strictObject({ on: z.iso.date() }), (db, { books }, { on }) =>
  db
    .select()
    .from(books)
    .where(and(eq(books.status, 'lent'), lt(books.due, on)))
    .orderBy(asc(books.due))
    .limit(100),
);
// #endregion
