/** The view `journal` reads every page: it is for operators, and no request of the Worker may depend on it. */
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('J15 the Worker reads pages by their key, and never the view', () => {
  const sources = globSync('{worker,durable-objects,core}/**/*.ts');
  expect(sources.length).toBeGreaterThan(300);
  const users = sources.filter((file) =>
    /\b(FROM|JOIN|INTO|UPDATE) journal\b/.test(readFileSync(file, 'utf8')),
  );
  expect(users).toEqual([]);
});
