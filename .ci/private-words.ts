// The language of texts: words that the code and the docs do without, since the field has others for them, and a
// heading at the top of each file of the kernel and the domain. A word joins a list once the last of it is gone.

import { globSync, readFileSync } from 'node:fs';
import { PRODUCT_FOLDERS } from './product-folders.ts';

const TESTS = ['test', 'bench', 'vitest'];
const DOCS = ['README.md', 'CONTRIBUTING.md', 'docs/*.md', 'docs/{guides,concepts}/*.md'];

/** Words of any text: told, heard → notified, received; anew → again; wish → command, intent; and so on. */
const ARCHAIC =
  /\b(told|untold|heard|unheard|hears?|wish(es)?|anew|for ever|whom|whoever|whomever|mourn\w*|meddl\w*|laggards?|stragglers?|straggl(es|ing)|latecomers?)\b/i;

/** In the product a sentence names the thing itself. Tests use these as names of missing things and of actors. */
const PERSONS = /\b(somebody|nobody)\b/i;

const PLANTED: readonly [text: string, words: RegExp][] = [
  ['/** Whoever waits is told. */', ARCHAIC],
  ['test("builds it anew", () => {', ARCHAIC],
  ['const somebody = 1;', PERSONS],
  ['// for nobody', PERSONS],
];

const missed = PLANTED.filter(([text, words]) => !words.test(text));
const product = filesOf(PRODUCT_FOLDERS);
const found = [
  ...[...product, ...filesOf(TESTS), ...DOCS.flatMap((pattern) => globSync(pattern))].flatMap(
    (file) => linesWith(ARCHAIC, file),
  ),
  ...product.filter((file) => !file.includes('.test.')).flatMap((file) => linesWith(PERSONS, file)),
  ...product
    .filter((file) => /^(core|domain)\//.test(file))
    .filter(lacksHeading)
    .map(withoutHeading),
];
for (const problem of [...missed.map(([text]) => `planted, not found: ${text}`), ...found]) {
  console.error(problem);
}
process.exitCode = missed.length + found.length > 0 ? 1 : 0;

function filesOf(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`));
}

function linesWith(words: RegExp, file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) => (words.test(line) ? `${file}:${index + 1} ${line.trim()}` : []));
}

function lacksHeading(file: string): boolean {
  return !file.includes('.test.') && !/^\/[*/]/.test(readFileSync(file, 'utf8'));
}

function withoutHeading(file: string): string {
  return `${file} begins without a heading: a comment that says what the file holds.`;
}
