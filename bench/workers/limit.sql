-- The bare limit's tables in D1: a row per stream, whose version counts its events, as the product's checkpoints do, and
-- the journal, a row for each batch of the queue.
CREATE TABLE checkpoint (
  stream TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  quantity INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE page (
  position INTEGER PRIMARY KEY,
  events TEXT NOT NULL
);
