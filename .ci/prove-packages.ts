// Proves the two packages at once: most of each proof waits for npm, for workerd or for a single processor.

await Promise.all([import('./prove-package.ts'), import('./prove-create.ts')]);

// A file with `await` has to be a module.
export {};
