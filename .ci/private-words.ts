// Words that the product's text does without: a sentence names the thing itself: the consumer, the operator.
// More words join the list once the last of them is gone.

import { globSync, readFileSync } from 'node:fs';

const WORDS = /\b(whom|whoever|whomever|somebody|nobody)\b/i;

const FOLDERS = [
  'core',
  'worker',
  'durable-objects',
  'client',
  'cli',
  'create-ledge',
  'migrations',
  'domain',
];

const PLANTED = ['/** Whoever waits is told. */', 'const somebody = 1;', '// for nobody'];

const missed = PLANTED.filter((line) => !WORDS.test(line));
const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`));
const found = files
  .filter((file) => !file.includes('.test.'))
  .flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (WORDS.test(line) ? `${file}:${index + 1} ${line.trim()}` : [])),
  );
for (const problem of [...missed.map((line) => `planted, not found: ${line}`), ...found]) {
  console.error(problem);
}
process.exitCode = missed.length + found.length > 0 ? 1 : 0;
