CREATE TABLE `watch` (
  `tenant` text NOT NULL,
  `projection` text NOT NULL,
  `shard` integer NOT NULL,
  `registration` text NOT NULL,
  `due` text,
  PRIMARY KEY(`tenant`, `projection`, `shard`)
) WITHOUT ROWID;
