/** The read model of jars: one row for each, at /v1/queries/jars; and a query by name, /v1/queries/nearly-full. */
import { and, asc, eq, lte } from 'drizzle-orm';
import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineProjection, table } from 'ledge';
import * as z from 'zod';
import { jar } from './jar.ts';

export const jars = defineProjection({
  name: 'jars',
  version: 1,
  from: [jar],
  tables: {
    jars: table(
      {
        jar: text().notNull(),
        status: text({ enum: ['open', 'full', 'closed'] }).notNull(),
        savedCents: integer('saved_cents').notNull(),
        missingCents: integer('missing_cents').notNull(),
      },
      {
        key: ['jar'],
        filters: [{ column: 'status', scan: true }],
        sorts: [
          { column: 'savedCents', scan: true },
          { column: 'missingCents', scan: true },
        ],
      },
    ),
  },
  on: {
    jar: {
      JarOpened: ({ aggregateId, data }, { jars }) =>
        jars.insert({
          jar: aggregateId,
          status: 'open',
          savedCents: 0,
          missingCents: data.goalCents,
        }),
      MoneySaved: ({ aggregateId, data }, { jars }) =>
        jars.patch(
          { jar: aggregateId },
          { add: { savedCents: data.cents, missingCents: -data.cents } },
        ),
      JarFilled: ({ aggregateId }, { jars }) =>
        jars.patch({ jar: aggregateId }, { set: { status: 'full' } }),
      JarClosed: ({ aggregateId }, { jars }) =>
        jars.patch({ jar: aggregateId }, { set: { status: 'closed' } }),
    },
  },
}).query(
  'nearly-full',
  z.strictObject({ withinCents: z.int() }),
  (db, { jars }, { withinCents }) =>
    db
      .select()
      .from(jars)
      .where(and(eq(jars.status, 'open'), lte(jars.missingCents, withinCents)))
      .orderBy(asc(jars.missingCents), asc(jars.jar))
      .limit(100),
  // A few jars: an index would cost a row for each of them.
  { scan: true },
);
