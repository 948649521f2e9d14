/** The machinery's own tables in D1. The users' read models stand beside them. */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * Every event of every stream as it was stored. Positions say in which order events arrived here; order is promised
 * within a stream only.
 */
export const journal = sqliteTable('journal', {
  position: integer().primaryKey(),
  tenant: text().notNull(),
  stream: text().notNull(),
  version: integer().notNull(),
  id: text().notNull(),
  type: text().notNull(),
  schemaVersion: integer('schema_version').notNull(),
  data: text().notNull(),
  recordedAt: text('recorded_at').notNull(),
  occurredAt: text('occurred_at').notNull(),
  metadata: text().notNull(),
});

/**
 * How far a stream got. The row with the empty projection name is shared by the journal and every projection that
 * moves in step. NOT NULL on `version` is what makes a lost race fail: see write-batch.
 */
export const checkpoint = sqliteTable(
  'checkpoint',
  {
    tenant: text().notNull(),
    stream: text().notNull(),
    projection: text().notNull(),
    version: integer().notNull(),
  },
  (columns) => [primaryKey({ columns: [columns.tenant, columns.stream, columns.projection] })],
);
