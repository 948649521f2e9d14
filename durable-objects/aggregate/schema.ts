/**
 * The tables of one aggregate's object, made at its first write: a read leaves nothing behind.
 * Every index entry is a billed row, so: integer or WITHOUT ROWID keys, no AUTOINCREMENT, no index. What follows from
 * other columns is NULL, so an event takes little more room than its data and its ids.
 */
export const CREATE_TABLES = `
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
    origin TEXT -- metadata that is not the usual, as JSON; NULL: the command is its own cause and conversation
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
  CREATE TABLE cursor (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;
