/** Ledge's own tables in D1, next to the app's read models. */
import { sql } from 'drizzle-orm';
import { blob, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * Every event of every stream as it was stored, in pages: the events of one tenant that one batch brought. Positions are
 * the order of arrival; only the order within a stream is guaranteed. The view `journal` has a row for each of these events.
 */
export const journalPage = sqliteTable('journal_page', {
  /** The position of the first event; those of the others follow without a gap. */
  first: integer().primaryKey(),
  /** Empty: erased. */
  tenant: text().notNull(),
  /** JSON: `aggregate/type` of the events that the feed may return. */
  types: text().notNull(),
  events: integer().notNull(),
  firstRecordedAt: text('first_recorded_at').notNull(),
  /** Four random bytes that identify the page: after a restore of D1 another page may have the same positions. */
  tag: blob().notNull().default(sql`(randomblob(4))`),
  /** JSON: the events, in the form of worker/journal/page-event. The last column, so that others are read without it. */
  body: text().notNull(),
});

/** The journal's older part: each row names the object of R2 that has its events (worker/journal/seal-journal). */
export const journalSegment = sqliteTable('journal_segment', {
  last: integer().primaryKey(),
  /** NOT NULL makes a sealing that lost a race fail, as with checkpoints. */
  first: integer().notNull(),
  /** JSON: the tenants that have events in it. */
  tenants: text().notNull(),
  object: text().notNull(),
  /** Of the object, compressed. */
  bytes: integer().notNull(),
  /** SHA-256 of the object in hex. */
  digest: text().notNull(),
  /** Of the page that ended at `last`. */
  tag: blob().notNull(),
  firstRecordedAt: text('first_recorded_at').notNull(),
  sealedAt: text('sealed_at').notNull(),
});

/** Objects of R2 that no segment names: not yet, or no longer (worker/journal/unnamed-objects). */
export const unnamedObject = sqliteTable(
  'unnamed_object',
  {
    object: text().notNull(),
    /** Milliseconds. */
    since: integer().notNull(),
    deleting: integer().notNull().default(0),
  },
  (columns) => [primaryKey({ columns: [columns.object] })],
);

/**
 * The feeds of publications in pages: the public events that one batch made for one tenant. Positions are those of one
 * publication for one tenant, without a gap (worker/publications).
 */
export const publicationPage = sqliteTable(
  'publication_page',
  {
    tenant: text().notNull(),
    publication: text().notNull(),
    /** The position of the first event. */
    first: integer().notNull(),
    events: integer().notNull(),
    /** JSON: the types of its events. */
    types: text().notNull(),
    /** The journal's newest position when the page was written: what a restore of D1 has kept is found by it. */
    journal: integer().notNull(),
    /** In ms, by the clock of D1; not before that of the page before: the place of a time is found by it. */
    publishedAt: integer('published_at').notNull(),
    /** Four random bytes that identify the page, as in the journal. */
    tag: blob().notNull().default(sql`(randomblob(4))`),
    /** JSON: the events, in the form of worker/publications/page-event. The last column, as in the journal. */
    body: text().notNull(),
  },
  (columns) => [primaryKey({ columns: [columns.tenant, columns.publication, columns.first] })],
);

/** The subscriptions and consumer groups of publications, of which everything else is in their objects: worker/wake-ups. */
export const subscription = sqliteTable(
  'subscription',
  { tenant: text().notNull(), publication: text().notNull(), id: text().notNull() },
  (columns) => [primaryKey({ columns: [columns.tenant, columns.publication, columns.id] })],
);

/** Where each schedule of a tenant is: worker/schedules. Written at its ticks. */
export const schedule = sqliteTable(
  'schedule',
  {
    tenant: text().notNull(),
    name: text().notNull(),
    /** Its cron and time zone: with others it begins again. */
    times: text().notNull(),
    /** The milliseconds up to which its ticks are settled. NOT NULL, and compared by every change: one of two wins. */
    settled: integer().notNull(),
    /** How many ticks were left out. */
    missed: integer().notNull().default(0),
    paused: integer().notNull().default(0),
    /** JSON: the newest tick that is done, with what became of its commands. */
    last: text(),
    /** JSON: the tick that has begun and is not done. */
    pending: text(),
  },
  (columns) => [primaryKey({ columns: [columns.tenant, columns.name] })],
);

/** One row per restore of D1 (core/plan/journal-position). Positions of older epochs are valid up to `common`. */
export const epoch = sqliteTable('epoch', {
  number: integer().primaryKey(),
  common: integer().notNull(),
  at: text().notNull(),
});

/**
 * The checkpoints of each stream. The row with an empty projection is shared by the journal and every projection that
 * is live; a generation that lags on this stream has its own. NOT NULL on `version` makes a lost race fail: see
 * write-batch.
 */
export const checkpoint = sqliteTable(
  'checkpoint',
  {
    tenant: text().notNull(),
    stream: text().notNull(),
    projection: text().notNull(),
    version: integer().notNull(),
    /** Of the shared one: the id of the event at the version. Empty: not known. */
    eventId: text('event_id').notNull().default(''),
  },
  (columns) => [primaryKey({ columns: [columns.tenant, columns.stream, columns.projection] })],
);

/**
 * One row: a revision that every change of states or of serving generations raises. Every plan asserts the revision
 * that it read.
 */
export const servingSet = sqliteTable('serving_set', {
  id: integer().primaryKey(),
  revision: integer().notNull(),
  /** The door of builds (worker/projections/versions/build-door): the build that closed it last, and from when until when. */
  closedBy: text('closed_by'),
  /** Seconds by D1's own clock. */
  closedAt: real('closed_at').notNull().default(0),
  closingUntil: real('closing_until').notNull().default(0),
});

/** The versions of every projection's read model, with rebuilds and verifications: core/plan/projection-version. */
export const generation = sqliteTable(
  'generation',
  {
    projection: text().notNull(),
    version: integer().notNull(),
    purpose: text().notNull(),
    state: text().notNull(),
    serving: integer().notNull(),
    /** Whether it was complete once. When its first build completes, queries read it. */
    built: integer().notNull(),
    /** NOT NULL makes a build that lost a race fail, as with checkpoints. */
    cursor: integer().notNull(),
    /** JSON: the names of its tables. */
    tables: text().notNull(),
    /** JSON: their open columns (core/plan/open-tables); NULL: they have none. */
    openTables: text('open_tables'),
    /** When and at which position the current or last build began. */
    startedAt: text('started_at').notNull(),
    startedFrom: integer('started_from').notNull(),
    changedAt: text('changed_at').notNull(),
    /** The reason why it is paused or stopped. */
    reason: text(),
    /** JSON: the report of a verification. */
    report: text(),
  },
  (columns) => [primaryKey({ columns: [columns.projection, columns.version, columns.purpose] })],
);

/** Events that a generation cannot handle, and messages that the queue gave up on: core/plan/dead-letter. */
export const deadLetter = sqliteTable(
  'dead_letter',
  {
    tenant: text().notNull(),
    id: text().notNull(),
    generation: text().notNull(),
    stream: text().notNull(),
    version: integer().notNull(),
    type: text().notNull(),
    /** JSON: the event as it was stored, or a message without an event. */
    event: text().notNull(),
    error: text().notNull(),
    stack: text().notNull(),
    attempts: integer().notNull(),
    status: text().notNull(),
    parkedAt: text('parked_at').notNull(),
    resolvedAt: text('resolved_at'),
    /** The operator who resolved it, and the reason. */
    actor: text(),
    reason: text(),
  },
  (columns) => [primaryKey({ columns: [columns.tenant, columns.id] })],
);

/**
 * The Live objects that watch a projection's rows: core/live/watch. Written by the Live object before it reads them,
 * and read in every batch that changes such rows.
 */
export const watch = sqliteTable(
  'watch',
  {
    tenant: text().notNull(),
    projection: text().notNull(),
    shard: integer().notNull(),
    registration: text().notNull(),
    /** Set while a notification is pending: a random text for each change. */
    due: text(),
  },
  (columns) => [primaryKey({ columns: [columns.tenant, columns.projection, columns.shard] })],
);

/** The storage format of the tables: worker/d1/storage-format. One row, made with the table. */
export const storageFormat = sqliteTable('storage_format', {
  id: integer().primaryKey(),
  format: integer().notNull(),
});

/** The tenants that have their data here: worker/tenants/residence. */
export const residence = sqliteTable(
  'residence',
  {
    tenant: text().notNull(),
    state: text().notNull(),
    /** Milliseconds; null: its erasure is not scheduled. */
    eraseAt: integer('erase_at'),
  },
  (columns) => [primaryKey({ columns: [columns.tenant] })],
);

/** The erasures under way, with what they have erased so far: worker/tenants/erase-tenant. */
export const erasure = sqliteTable(
  'erasure',
  {
    tenant: text().notNull(),
    /** Up to which the journal has no content of the tenant, and whether that is all of it. */
    position: integer().notNull().default(0),
    blanked: integer().notNull().default(0),
    streams: integer().notNull().default(0),
    events: integer().notNull().default(0),
    rows: integer().notNull().default(0),
    deadLetters: integer('dead_letters').notNull().default(0),
    keys: integer().notNull().default(0),
    /** Where the walk over the list of keys goes on, backwards. */
    keyVersion: integer('key_version').notNull().default(Number.MAX_SAFE_INTEGER),
    /** Those of R2 that were replaced by ones without its events. */
    objects: integer().notNull().default(0),
    /** Those whose keys were destroyed. */
    subjects: integer().notNull().default(0),
  },
  (columns) => [primaryKey({ columns: [columns.tenant] })],
);

/** Copies of the keys of subjects: worker/personal/key-copies. A cache, which can be emptied at any time. */
export const subjectKey = sqliteTable(
  'subject_key',
  {
    tenant: text().notNull(),
    subject: text().notNull(),
    incarnation: integer().notNull(),
    /** Null: the subject is forgotten. */
    wrapped: text(),
  },
  (columns) => [primaryKey({ columns: [columns.tenant, columns.subject] })],
);

/** The place where the sweep continues: one row. */
export const sweep = sqliteTable('sweep', {
  id: integer().primaryKey(),
  tenant: text().notNull(),
  stream: text().notNull(),
  /** When the round began, in milliseconds. */
  beganAt: integer('began_at').notNull().default(0),
});

/** The public keys of each issuer of JWTs, as it published them last: worker/access/issuer-keys. Times in milliseconds. */
export const issuerKeys = sqliteTable(
  'issuer_keys',
  {
    issuer: text().notNull(),
    /** JSON: the keys that can verify a signature. */
    keySet: text('key_set').notNull(),
    /** When the issuer was known to publish them: written when they change, and once an hour. */
    fetchedAt: integer('fetched_at').notNull(),
    /** When a key that is not among them was last asked for. */
    triedAt: integer('tried_at').notNull(),
  },
  (columns) => [primaryKey({ columns: [columns.issuer] })],
);
