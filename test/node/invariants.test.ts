/** docs/invariants.md: each promise has a number of its own, and a test or a step of the check that has the number. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const rows = [...readFileSync('docs/invariants.md', 'utf8').matchAll(/^\| ([A-Z]+\d+) \| .*$/gm)];
const promises = rows.map(([row, number = '']) => ({ row, number }));

const tests = globSync('{bench,core,domain,client,cli,durable-objects,worker,test}/**/*.{ts,tsx}')
  .filter((file) => file.includes('.test.') || file.startsWith('test/'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');
const numbersInTests = new Set(tests.match(/\b[A-Z]+\d+\b/g));

const steps = new Set(
  [...readFileSync('.ci/check.ts', 'utf8').matchAll(/^ {2}'?([a-z-]+)'?: \[/gm)].map(
    ([, name]) => name,
  ),
);

/** A file of the repository or a step of the check that the row itself names. */
function namesProof(row: string): boolean {
  const named = [...row.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  const isStep = /step `([a-z-]+)`/.exec(row)?.[1];
  return named.some((name) => /^(test|\.ci)\//.test(name) && existsSync(name)) || steps.has(isStep);
}

test('each promise has a number of its own', () => {
  const numbers = promises.map(({ number }) => number);
  expect(numbers.length).toBeGreaterThan(500);
  expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
});

test('each promise has a test', () => {
  expect(steps.has('package')).toBe(true);
  const without = promises.filter(
    ({ row, number }) => !numbersInTests.has(number) && !namesProof(row),
  );
  expect(without.map(({ number }) => number)).toEqual([]);
  expect(namesProof('| X0 | A promise without a proof. |')).toBe(false);
});
