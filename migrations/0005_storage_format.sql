CREATE TABLE `storage_format` (
  `id` integer PRIMARY KEY NOT NULL,
  `format` integer NOT NULL
);

INSERT INTO `storage_format` (`id`, `format`) VALUES (1, 1);
