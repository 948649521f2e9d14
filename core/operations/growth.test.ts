import { expect, test } from 'vitest';
import { growthOf } from './growth.ts';

const DAY_MS = 86_400_000;
const at = (day: number, bytes: number, database = 'DB') => ({
  ...{ database, atMs: day * DAY_MS, bytes },
});

test('MX5 the days until full come from the growth of the last seven days', () => {
  const kept = [at(1, 5), at(13, 1_000), at(16, 1_300), at(16, 9_999, 'OTHER')];
  expect(growthOf(kept, at(20, 1_700), 2_700)).toEqual({ bytesPerDay: 100, daysUntilFull: 10 });
  expect(growthOf(kept, at(20, 2_800), 2_700)?.daysUntilFull).toBe(0);
});

test('MX5 they are unknown before there is a size from a day ago, and none while nothing grows', () => {
  expect(growthOf([], at(20, 1_700), 2_700)).toBeUndefined();
  expect(growthOf([at(19.1, 1)], at(20, 1_700), 2_700)).toBeUndefined();
  expect(growthOf([at(1, 1)], at(20, 1_700), 2_700)).toBeUndefined();
  expect(growthOf([at(18, 1_900)], at(20, 1_700), 2_700)).toEqual({
    ...{ bytesPerDay: -100, daysUntilFull: null },
  });
});
