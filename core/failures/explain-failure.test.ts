import { expect, test } from 'vitest';
import { explainFailure } from './explain-failure.ts';
import { missingTableOf, platformErrorKind } from './platform-error.ts';

test.each([
  [
    'D1_ERROR: no such table: journal: SQLITE_ERROR',
    /^Table journal is missing in D1\.$/,
    /migrations/,
  ],
  [
    'D1_ERROR: no such table: main.tree_v1: SQLITE_ERROR',
    /^Table tree_v1 is missing/,
    /migrations/,
  ],
  [
    'D1_ERROR: table a has no column named b',
    /other columns than the code: .*named b/,
    /new version/,
  ],
  ['D1_ERROR: Exceeded maximum DB size', /^D1 is full/, /Make room/],
  ['D1_ERROR: database or disk is full: SQLITE_FULL', /^D1 is full/, /Make room/],
  ['D1_ERROR: D1 DB is overloaded. Requests queued for too long.', /overloaded/, /fewer commands/],
  [
    'Serialized RPC arguments or return values are limited to 32MiB',
    /too large to be read/,
    /shorter/,
  ],
  ['Aggregate gone is not in the app.', /does not define .*gone/, /Deploy/],
  [
    "D1_ERROR: bad JSON path: 'Storage format 2 of D1 is unknown to this code, which knows formats up to 1.'",
    /does not know what is stored: .*Storage format 2/,
    /Deploy the newer code.*migrations/,
  ],
  ['Network connection lost.', /did not answer: .*Network connection lost/, /retried/],
])('X6 %s is explained in a cause and a remedy', (words, cause, remedy) => {
  const explained = explainFailure(new Error(words));
  expect(explained.cause).toMatch(cause);
  expect(explained.remedy).toMatch(remedy);
});

test('X6 a cause is one line for every failure', () => {
  const { cause } = explainFailure(new Error(`a\n${'b'.repeat(10_000)}`));
  expect(cause.length).toBeLessThan(400);
  expect(cause).not.toContain('\n');
});

test('a failure that speaks of tables or columns is distinguished from every other', () => {
  expect(missingTableOf('D1_ERROR: no such table: orders_v1: SQLITE_ERROR')).toBe('orders_v1');
  expect(missingTableOf('no such column: a')).toBeUndefined();
  expect(platformErrorKind(new Error('table a has no column named b'))).toBe('schema');
  expect(platformErrorKind(new Error('UNIQUE constraint failed: SQLITE_CONSTRAINT'))).toBe(
    'refused',
  );
});
