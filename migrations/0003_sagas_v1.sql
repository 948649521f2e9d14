CREATE TABLE `sagas_v1` (
  `tenant` text NOT NULL,
  `saga` text NOT NULL,
  `id` text NOT NULL,
  `status` text NOT NULL,
  `reason` text,
  `definition` integer NOT NULL,
  `version` integer NOT NULL,
  `correlation_id` text NOT NULL,
  `started_at` text NOT NULL,
  `changed_at` text NOT NULL,
  PRIMARY KEY(`tenant`, `saga`, `id`)
) WITHOUT ROWID;
