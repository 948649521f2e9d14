-- ledge 0001
-- The tables of Ledge itself. `ledge migrations` copies this file and refuses an edited copy.

CREATE TABLE `journal_page` (
  `first` integer PRIMARY KEY NOT NULL,
  `tenant` text NOT NULL,
  `types` text NOT NULL,
  `events` integer NOT NULL,
  `first_recorded_at` text NOT NULL,
  `tag` blob DEFAULT (randomblob(4)) NOT NULL,
  `body` text NOT NULL
);

CREATE TABLE `journal_segment` (
  `last` integer PRIMARY KEY NOT NULL,
  `first` integer NOT NULL,
  `tenants` text NOT NULL,
  `object` text NOT NULL,
  `bytes` integer NOT NULL,
  `digest` text NOT NULL,
  `tag` blob NOT NULL,
  `first_recorded_at` text NOT NULL,
  `sealed_at` text NOT NULL
);

CREATE TABLE `unnamed_object` (
  `object` text NOT NULL,
  `since` integer NOT NULL,
  `deleting` integer DEFAULT 0 NOT NULL,
  PRIMARY KEY(`object`)
) WITHOUT ROWID;

-- A row for each event that is still in a page, for operators. It reads every page: the Worker reads pages by their key.
CREATE VIEW `journal` AS
SELECT `first` + `event`.`key` AS `position`, `tenant`, `event`.`value` ->> 0 AS `stream`,
  `event`.`value` ->> 1 AS `version`, `event`.`value` ->> 2 AS `id`, `event`.`value` ->> 3 AS `type`,
  `event`.`value` ->> 4 AS `schema_version`, `event`.`value` -> 5 AS `data`, `event`.`value` ->> 6 AS `recorded_at`,
  `event`.`value` ->> 7 AS `occurred_at`, `event`.`value` -> 8 AS `metadata`, `tag`
FROM `journal_page` CROSS JOIN json_each(`body`) AS `event`;

CREATE TABLE `publication_page` (
  `tenant` text NOT NULL,
  `publication` text NOT NULL,
  `first` integer NOT NULL,
  `events` integer NOT NULL,
  `types` text NOT NULL,
  `journal` integer NOT NULL,
  `published_at` integer NOT NULL,
  `tag` blob DEFAULT (randomblob(4)) NOT NULL,
  `body` text NOT NULL,
  PRIMARY KEY(`tenant`, `publication`, `first`)
) WITHOUT ROWID;

CREATE TABLE `subscription` (
  `tenant` text NOT NULL,
  `publication` text NOT NULL,
  `id` text NOT NULL,
  PRIMARY KEY(`tenant`, `publication`, `id`)
) WITHOUT ROWID;

CREATE TABLE `schedule` (
  `tenant` text NOT NULL,
  `name` text NOT NULL,
  `times` text NOT NULL,
  `settled` integer NOT NULL,
  `missed` integer DEFAULT 0 NOT NULL,
  `paused` integer DEFAULT 0 NOT NULL,
  `last` text,
  `pending` text,
  PRIMARY KEY(`tenant`, `name`)
) WITHOUT ROWID;

CREATE TABLE `epoch` (
  `number` integer PRIMARY KEY NOT NULL,
  `common` integer NOT NULL,
  `at` text NOT NULL
);

CREATE TABLE `checkpoint` (
  `tenant` text NOT NULL,
  `stream` text NOT NULL,
  `projection` text NOT NULL,
  `version` integer NOT NULL,
  `event_id` text DEFAULT '' NOT NULL,
  PRIMARY KEY(`tenant`, `stream`, `projection`)
) WITHOUT ROWID;

CREATE TABLE `serving_set` (
  `id` integer PRIMARY KEY NOT NULL,
  `revision` integer NOT NULL,
  `closed_by` text,
  `closed_at` real DEFAULT 0 NOT NULL,
  `closing_until` real DEFAULT 0 NOT NULL
);

CREATE TABLE `generation` (
  `projection` text NOT NULL,
  `version` integer NOT NULL,
  `purpose` text NOT NULL,
  `state` text NOT NULL,
  `serving` integer NOT NULL,
  `built` integer NOT NULL,
  `cursor` integer NOT NULL,
  `tables` text NOT NULL,
  `open_tables` text,
  `started_at` text NOT NULL,
  `started_from` integer NOT NULL,
  `changed_at` text NOT NULL,
  `reason` text,
  `report` text,
  PRIMARY KEY(`projection`, `version`, `purpose`)
) WITHOUT ROWID;

CREATE TABLE `dead_letter` (
  `tenant` text NOT NULL,
  `id` text NOT NULL,
  `generation` text NOT NULL,
  `stream` text NOT NULL,
  `version` integer NOT NULL,
  `type` text NOT NULL,
  `event` text NOT NULL,
  `error` text NOT NULL,
  `stack` text NOT NULL,
  `attempts` integer NOT NULL,
  `status` text NOT NULL,
  `parked_at` text NOT NULL,
  `resolved_at` text,
  `actor` text,
  `reason` text,
  PRIMARY KEY(`tenant`, `id`)
) WITHOUT ROWID;

CREATE INDEX `dead_letter_status` ON `dead_letter` (`status`, `generation`);

CREATE TABLE `watch` (
  `tenant` text NOT NULL,
  `projection` text NOT NULL,
  `shard` integer NOT NULL,
  `registration` text NOT NULL,
  `due` text,
  PRIMARY KEY(`tenant`, `projection`, `shard`)
) WITHOUT ROWID;

CREATE TABLE `sweep` (
  `id` integer PRIMARY KEY NOT NULL,
  `tenant` text NOT NULL,
  `stream` text NOT NULL,
  `began_at` integer DEFAULT 0 NOT NULL
);

CREATE TABLE `issuer_keys` (
  `issuer` text NOT NULL,
  `key_set` text NOT NULL,
  `fetched_at` integer NOT NULL,
  `tried_at` integer NOT NULL,
  PRIMARY KEY(`issuer`)
) WITHOUT ROWID;

CREATE TABLE `residence` (
  `tenant` text NOT NULL,
  `state` text NOT NULL,
  `erase_at` integer,
  PRIMARY KEY(`tenant`)
) WITHOUT ROWID;

CREATE INDEX `residence_due` ON `residence` (`tenant`) WHERE `state` NOT IN ('resident', 'erased');

CREATE TABLE `erasure` (
  `tenant` text NOT NULL,
  `position` integer DEFAULT 0 NOT NULL,
  `blanked` integer DEFAULT 0 NOT NULL,
  `streams` integer DEFAULT 0 NOT NULL,
  `events` integer DEFAULT 0 NOT NULL,
  `rows` integer DEFAULT 0 NOT NULL,
  `dead_letters` integer DEFAULT 0 NOT NULL,
  `keys` integer DEFAULT 0 NOT NULL,
  `key_version` integer DEFAULT 9007199254740991 NOT NULL,
  `objects` integer DEFAULT 0 NOT NULL,
  `subjects` integer DEFAULT 0 NOT NULL,
  PRIMARY KEY(`tenant`)
) WITHOUT ROWID;

CREATE TABLE `subject_key` (
  `tenant` text NOT NULL,
  `subject` text NOT NULL,
  `incarnation` integer NOT NULL,
  `wrapped` text,
  PRIMARY KEY(`tenant`, `subject`)
) WITHOUT ROWID;

CREATE TABLE `storage_format` (
  `id` integer PRIMARY KEY NOT NULL,
  `format` integer NOT NULL
);

INSERT INTO `storage_format` (`id`, `format`) VALUES (1, 1);

INSERT INTO `residence` (`tenant`, `state`) VALUES ('ledge', 'resident');
