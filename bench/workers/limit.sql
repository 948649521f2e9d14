-- The bare limit's one table in D1, a row per stream. `version` counts events, as the product's
-- checkpoints do.
CREATE TABLE checkpoint (
  stream TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  quantity INTEGER NOT NULL
) WITHOUT ROWID;
