/** The folders of what is shipped or served: the product, without its tests and tools. */
export const PRODUCT_FOLDERS = [
  'core',
  'worker',
  'durable-objects',
  'client',
  'cli',
  'create-ledge',
  'migrations',
  'domain',
];
