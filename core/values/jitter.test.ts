import { expect, test } from 'vitest';
import { withStableJitter } from './jitter.ts';

const WAIT_MS = 1_000;
const waits = Array.from({ length: 1_000 }, (_, index) => withStableJitter(WAIT_MS, `o-${index}`));

test('a wait grows by half of it at most, and never shrinks', () => {
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(WAIT_MS);
  expect(Math.max(...waits)).toBeLessThanOrEqual(1.5 * WAIT_MS);
});

test('names that hardly differ wait differently: no tenth of the time gets more than an eighth of them', () => {
  const tenths = Map.groupBy(waits, (waitMs) => Math.floor((waitMs - WAIT_MS) / 50));
  expect(tenths.size).toBeGreaterThanOrEqual(10);
  for (const [tenth, own] of tenths) expect(own.length, `tenth ${tenth}`).toBeLessThan(125);
});

test('the same name waits as long every time', () => {
  expect(withStableJitter(WAIT_MS, 'o-1')).toBe(withStableJitter(WAIT_MS, 'o-1'));
});
