CREATE TABLE `orders_v1` (
  `tenant` text NOT NULL,
  `order` text NOT NULL,
  `customer` text NOT NULL,
  `country` text NOT NULL,
  `status` text NOT NULL,
  `line_count` integer NOT NULL,
  `gross_cents` integer NOT NULL,
  `net_cents` integer NOT NULL,
  `placed_at` text NOT NULL,
  `shipped_at` text,
  PRIMARY KEY(`tenant`, `order`)
) WITHOUT ROWID;
CREATE INDEX `orders_v1_by_customer` ON `orders_v1` ('customer:' || `tenant`, `customer`);
CREATE INDEX `orders_v1_by_country` ON `orders_v1` ('country:' || `tenant`, `country`);

CREATE TABLE `customers_v1` (
  `tenant` text NOT NULL,
  `customer` text NOT NULL,
  `name` text,
  `address` text NOT NULL,
  `country` text NOT NULL,
  PRIMARY KEY(`tenant`, `customer`)
) WITHOUT ROWID;
CREATE INDEX `customers_v1_by_name` ON `customers_v1` ('name:' || `tenant`, `name`);
CREATE INDEX `customers_v1_by_country` ON `customers_v1` ('country:' || `tenant`, `country`);

CREATE TABLE `products_v1` (
  `tenant` text NOT NULL,
  `product` text NOT NULL,
  `name` text NOT NULL,
  `price_cents` integer NOT NULL,
  `on_hand` integer NOT NULL,
  `reserved` integer NOT NULL,
  PRIMARY KEY(`tenant`, `product`)
) WITHOUT ROWID;

CREATE TABLE `sales_by_day_v1` (
  `tenant` text NOT NULL,
  `day` text NOT NULL,
  `country` text NOT NULL,
  `orders` integer NOT NULL,
  `gross_cents` integer NOT NULL,
  `net_cents` integer NOT NULL,
  PRIMARY KEY(`tenant`, `day`, `country`)
) WITHOUT ROWID;

CREATE TABLE `sales_by_customer_v1` (
  `tenant` text NOT NULL,
  `customer` text NOT NULL,
  `orders` integer NOT NULL,
  `gross_cents` integer NOT NULL,
  `net_cents` integer NOT NULL,
  `first_order_day` text NOT NULL,
  `last_order_day` text NOT NULL,
  PRIMARY KEY(`tenant`, `customer`)
) WITHOUT ROWID;
