// A type name is exported once over the whole product: two types of one name are one word for two things. What a
// user imports may carry the name of what it mirrors for them; such a pair is listed below with its reason.

import { globSync, readFileSync } from 'node:fs';
import { PRODUCT_FOLDERS } from './product-folders.ts';

/** By name: why it is exported more than once. */
const MIRRORED: Readonly<Record<string, string>> = {
  Outcome: "the client's is what the caller of one command gets, typed by its aggregate",
};

const EXPORTED = /^export (?:declare )?(?:interface|type|(?:abstract )?class) (\w+)/gm;

const PLANTED: Readonly<Record<string, string>> = {
  'core/a.ts': 'export interface Result {}\nexport type Kept = 1;\n',
  'worker/b.ts': 'export class Result {}\ntype Kept = 2;\n',
};

const planted = namesExportedTwice(PLANTED).map(([name]) => name);
const problems = planted.join() === 'Result' ? [] : [`planted: Result, found: ${planted}`];
for (const [name, files] of namesExportedTwice(sources())) {
  if (!(name in MIRRORED)) problems.push(`${name} is exported by ${files.join(', ')}.`);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function sources(): Record<string, string> {
  const files = PRODUCT_FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`));
  const product = files.filter((file) => !file.includes('.test.'));
  return Object.fromEntries(product.map((file) => [file, readFileSync(file, 'utf8')]));
}

function namesExportedTwice(texts: Readonly<Record<string, string>>): [string, string[]][] {
  const files = new Map<string, string[]>();
  for (const [file, text] of Object.entries(texts)) {
    for (const [, name = ''] of text.matchAll(EXPORTED)) {
      files.set(name, [...(files.get(name) ?? []), file]);
    }
  }
  return [...files].filter(([, of]) => of.length > 1);
}
