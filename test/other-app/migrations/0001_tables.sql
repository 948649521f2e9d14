CREATE TABLE `journal` (
  `position` integer PRIMARY KEY NOT NULL,
  `tenant` text NOT NULL,
  `stream` text NOT NULL,
  `version` integer NOT NULL,
  `id` text NOT NULL,
  `type` text NOT NULL,
  `schema_version` integer NOT NULL,
  `data` text NOT NULL,
  `recorded_at` text NOT NULL,
  `occurred_at` text NOT NULL,
  `metadata` text NOT NULL,
  `tag` blob DEFAULT (randomblob(4)) NOT NULL
);

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
  PRIMARY KEY(`tenant`, `stream`, `projection`)
) WITHOUT ROWID;

CREATE TABLE `balances_v1` (
  `tenant` text NOT NULL,
  `account` text NOT NULL,
  `owner` text NOT NULL,
  `cents` integer NOT NULL,
  PRIMARY KEY(`tenant`, `account`)
) WITHOUT ROWID;

CREATE TABLE `bank_v1` (
  `tenant` text NOT NULL,
  `bank` text NOT NULL,
  `accounts` integer DEFAULT 0 NOT NULL,
  `cents` integer DEFAULT 0 NOT NULL,
  PRIMARY KEY(`tenant`, `bank`)
) WITHOUT ROWID;
