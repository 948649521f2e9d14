/** The machinery's own tables in D1. The users' read models stand beside them. */
import { sql } from 'drizzle-orm';
import { blob, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

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
  /** Four random bytes: a position names this row, and not the row that has this position after a restore of D1. */
  tag: blob().notNull().default(sql`(randomblob(4))`),
});

/** One row for each restore of D1: core/journal-position. Positions of older epochs are common up to `common`. */
export const epoch = sqliteTable('epoch', {
  number: integer().primaryKey(),
  common: integer().notNull(),
  at: text().notNull(),
});

/**
 * How far a stream got. The row with the empty projection is shared by the journal and every projection that moves
 * live; a generation that lags on this stream has its own. NOT NULL on `version` is what makes a lost
 * race fail: see write-batch.
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

/** One row: grows with every change of which generations are live or serve. Every plan asserts the one it read. */
export const servingSet = sqliteTable('serving_set', {
  id: integer().primaryKey(),
  revision: integer().notNull(),
  /** The door of builds: worker/projections/versions/door. Which build closed it last, and since when it was closed until when. */
  closedBy: text('closed_by'),
  /** Seconds by D1's own clock. */
  closedAt: real('closed_at').notNull().default(0),
  closingUntil: real('closing_until').notNull().default(0),
});

/** The versions of every projection's read model, and those that are being made beside them: core/generation. */
export const generation = sqliteTable(
  'generation',
  {
    projection: text().notNull(),
    version: integer().notNull(),
    purpose: text().notNull(),
    state: text().notNull(),
    serving: integer().notNull(),
    /** Whether it was complete once. The build that completes it first hands it the queries. */
    built: integer().notNull(),
    /** NOT NULL makes a build that was overtaken fail, as with checkpoints. */
    cursor: integer().notNull(),
    /** JSON: the names of its tables. */
    tables: text().notNull(),
    /** When the build under way, or the last one, began, and at which position. */
    startedAt: text('started_at').notNull(),
    startedFrom: integer('started_from').notNull(),
    changedAt: text('changed_at').notNull(),
    /** Why it is paused or stopped. */
    reason: text(),
    /** JSON: what a verification found. */
    report: text(),
  },
  (columns) => [primaryKey({ columns: [columns.projection, columns.version, columns.purpose] })],
);

/** Events that a generation cannot take, and messages that the queue gave up on: core/dead-letter. */
export const deadLetter = sqliteTable(
  'dead_letter',
  {
    tenant: text().notNull(),
    id: text().notNull(),
    generation: text().notNull(),
    stream: text().notNull(),
    version: integer().notNull(),
    type: text().notNull(),
    /** JSON: the event as it was stored; or the message, where it held none. */
    event: text().notNull(),
    error: text().notNull(),
    stack: text().notNull(),
    attempts: integer().notNull(),
    status: text().notNull(),
    parkedAt: text('parked_at').notNull(),
    resolvedAt: text('resolved_at'),
    /** Who resolved it, and why. */
    actor: text(),
    reason: text(),
  },
  (columns) => [primaryKey({ columns: [columns.tenant, columns.id] })],
);

/**
 * Who follows which projection's rows: core/watch. Written by the Live object before it reads them, and read in every
 * batch that commits some.
 */
export const watch = sqliteTable(
  'watch',
  {
    tenant: text().notNull(),
    projection: text().notNull(),
    shard: integer().notNull(),
    registration: text().notNull(),
    /** It has to be told of a change and was not yet: a text of its own for each time. */
    due: text(),
  },
  (columns) => [primaryKey({ columns: [columns.tenant, columns.projection, columns.shard] })],
);

/** Which code the tables belong to: worker/d1/storage-format. One row, made with the table. */
export const storageFormat = sqliteTable('storage_format', {
  id: integer().primaryKey(),
  format: integer().notNull(),
});

/** Where the sweep goes on: one row. */
export const sweep = sqliteTable('sweep', {
  id: integer().primaryKey(),
  tenant: text().notNull(),
  stream: text().notNull(),
});
