/** How many changes each author has made, as `git log` counts them. */

import { desc } from 'drizzle-orm';
import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineProjection, table } from 'ledge';
import * as z from 'zod';
import { file } from './file.ts';

export const authors = defineProjection({
  name: 'authors',
  version: 1,
  from: [file],
  tables: {
    authors: table(
      { author: text().notNull(), changes: integer().notNull().default(0) },
      { key: ['author'], sorts: [{ column: 'changes', scan: true }] },
    ),
  },
  on: {
    file: {
      FileAdded: ({ data }, { authors }) =>
        authors.upsert({ author: data.author }, { add: { changes: 1 } }),
      FileModified: ({ data }, { authors }) =>
        authors.upsert({ author: data.author }, { add: { changes: 1 } }),
      FileDeleted: ({ data }, { authors }) =>
        authors.upsert({ author: data.author }, { add: { changes: 1 } }),
    },
  },
}).query(
  'busiest',
  z.strictObject({ limit: z.coerce.number() }),
  (db, { authors }, { limit }) =>
    db.select().from(authors).orderBy(desc(authors.changes)).limit(limit),
  { scan: true },
);
