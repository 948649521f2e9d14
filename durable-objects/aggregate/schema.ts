/**
 * All tables of one aggregate's object. Every index entry is a billed row, so: integer or WITHOUT ROWID keys, no
 * AUTOINCREMENT, no index. A value that other columns determine is stored as NULL, so that an event takes little more
 * room than its data and its ids.
 */
import type { ObjectSchema, ObjectTables } from '../object-tables.ts';

const BASE = `
  CREATE TABLE object (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL, -- tenant/aggregate/id: the platform lists objects by ids that say nothing
    format INTEGER NOT NULL,
    confirmed_version INTEGER NOT NULL DEFAULT 0, -- up to here the journal and every projection have the events
    kept_until INTEGER NOT NULL DEFAULT 0 -- of outcomes without events; 0: never set
  ) STRICT;
  CREATE TABLE event (
    version INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    data TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    occurred_at INTEGER, -- NULL: when it was recorded
    actor TEXT NOT NULL,
    command_id TEXT NOT NULL,
    origin TEXT -- metadata that is not the usual, as JSON; NULL: the command is its own causation and correlation id
  ) STRICT;
  CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'Events are never changed.'); END;
  CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'Events are never deleted.'); END;
  CREATE TABLE command (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    version INTEGER NOT NULL,
    events INTEGER NOT NULL,
    rejection TEXT -- NULL: accepted
  ) STRICT, WITHOUT ROWID;
`;

const TIMER_COLUMNS = `id TEXT PRIMARY KEY, due_at INTEGER NOT NULL, command TEXT NOT NULL, data TEXT NOT NULL,
  origin TEXT NOT NULL, attempts INTEGER NOT NULL`;

export type OnDemandTable =
  | 'snapshot'
  | 'timer'
  | 'stopped_timer'
  | 'action'
  | 'recovery'
  | 'restoring'
  | 'subject_key';

export const AGGREGATE_SCHEMA: ObjectSchema<OnDemandTable> = {
  base: BASE,
  onDemand: {
    snapshot: `CREATE TABLE snapshot (
      version INTEGER PRIMARY KEY, state_version INTEGER NOT NULL, state TEXT NOT NULL) STRICT`,
    timer: `CREATE TABLE timer (${TIMER_COLUMNS}) STRICT, WITHOUT ROWID`,
    stopped_timer: `CREATE TABLE stopped_timer (${TIMER_COLUMNS}, state TEXT NOT NULL, stopped_at INTEGER NOT NULL,
      actor TEXT NOT NULL, reason TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    action: `CREATE TABLE action (
      action TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
      since INTEGER NOT NULL, due_at INTEGER NOT NULL, answer TEXT, cause TEXT, PRIMARY KEY (action, version)
    ) STRICT, WITHOUT ROWID`,
    recovery: `CREATE TABLE recovery (
      id INTEGER PRIMARY KEY CHECK (id = 1), journal_version INTEGER NOT NULL, diverged_at INTEGER) STRICT`,
    subject_key: `CREATE TABLE subject_key (incarnation INTEGER PRIMARY KEY, wrapped TEXT NOT NULL) STRICT`,
    restoring: `CREATE TABLE restoring (
      id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, event_id TEXT NOT NULL) STRICT`,
  },
  migrations: [],
};

export type AggregateTables = ObjectTables<OnDemandTable>;
