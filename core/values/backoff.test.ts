import { expect, test } from 'vitest';
import { backoff } from './backoff.ts';

test('waits double from the first to the longest', () => {
  const waits = [1, 2, 3, 4, 5, 2_000].map((failures) => backoff({ first: 2, max: 10 }, failures));
  expect(waits).toEqual([2, 4, 8, 10, 10, 10]);
});
