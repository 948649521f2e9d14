/** Processes and bundles of the machinery's tests: `.ci/import-rules.ts` sees imports alone, this sees paths in texts. */
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** A path of the reference app, from the repository's root, as the whole or the end of a text. */
const REFERENCE = /['"`/}]((domain|client\/example)\/[a-z]|worker\/index\.ts\b)/;

const COMMENT = /^\s*(\*|\/\*\*|\/\/)/;

function linesWithReference(text: string): string[] {
  return text.split('\n').filter((line) => REFERENCE.test(line) && !COMMENT.test(line));
}

test('SH2 the tests of the machinery name no file of the reference app', () => {
  const files = globSync('{test,bench}/**/*.{ts,tsx}').filter(
    (file) => !file.startsWith('test/reference/'),
  );
  expect(files.length).toBeGreaterThan(400);
  const found = files.flatMap((file) =>
    linesWithReference(readFileSync(file, 'utf8')).map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});

test.each([
  ['domain', 'app.ts'],
  ['client/example', 'build.ts'],
  ['worker', 'index.ts'],
])('SH2 and a path into %s would be found', (folder, file) => {
  for (const start of ["'", '`$' + '{root}', "'../../"]) {
    expect(linesWithReference(`start(${start}${folder}/${file}');`)).toHaveLength(1);
  }
  expect(linesWithReference(` * ${folder}/${file}`)).toEqual([]);
});
