/** The index of the documentation has each page once, and leads to nothing else. */
import { globSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const INDEX = 'docs/README.md';

/** Records and samples have an order of their own; a sentence may name a page once more. */
const isPage = (file: string) =>
  !/^docs\/(decisions|samples|images)\/|^docs\/README\.md$/.test(file);

const indexed = readFileSync(INDEX, 'utf8')
  .split('\n')
  .flatMap((line) => /^- \[[^\]]+\]\((?<target>[^)]+)\)/.exec(line)?.groups?.target ?? [])
  .map((target) => normalize(join('docs', target)));

test('DC1 every page of docs/ is in its index, once', () => {
  const pages = globSync('docs/**/*.md').filter(isPage);
  expect(
    indexed
      .filter(isPage)
      .filter((one) => one !== 'docs/decisions')
      .sort(),
  ).toEqual(pages.sort());
});
