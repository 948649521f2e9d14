CREATE TABLE `carts_v1` (
  `tenant` text NOT NULL,
  `cart` text NOT NULL,
  `lines` integer NOT NULL,
  `quantity` integer NOT NULL,
  `total` integer NOT NULL,
  PRIMARY KEY(`tenant`, `cart`)
) WITHOUT ROWID;
