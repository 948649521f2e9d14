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
