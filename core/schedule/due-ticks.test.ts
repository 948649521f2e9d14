/** Which ticks are done now: by the policy on missed ones. */
import { describe, expect, test } from 'vitest';
import { type DueTicks, dueTicks } from './due-ticks.ts';
import type { MissedPolicy } from './schedule.ts';
import { tickTimes } from './tick-times.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SETTLED = Date.parse('2027-01-10T03:00:00Z');
const times = tickTimes('0 3 * * *', 'UTC');

/** The ticks as days after the one that is settled. */
function due(missed: MissedPolicy, lateMs: number, pendingMs?: number, settledMs = SETTLED) {
  const found: DueTicks = dueTicks({ times, missed }, { settledMs, pendingMs }, SETTLED + lateMs);
  const day = (ms: number) => (ms - SETTLED) / DAY_MS;
  return { days: found.ticks.map(day), missed: found.missed, settled: day(found.settledMs) };
}

const WEEK_MS = 7 * DAY_MS;

describe('SD7 of a week that was missed', () => {
  test('`skip` does none', () => {
    expect(due('skip', WEEK_MS + HOUR_MS)).toEqual({ days: [], missed: 7, settled: 7 });
  });

  test('`once` does the newest, for all of them', () => {
    expect(due('once', WEEK_MS + HOUR_MS)).toEqual({ days: [7], missed: 6, settled: 0 });
  });

  test('`all` does each, in their order', () => {
    const days = [1, 2, 3, 4, 5, 6, 7];
    expect(due('all', WEEK_MS + HOUR_MS)).toEqual({ days, missed: 0, settled: 0 });
  });

  test('`all` does ten at a time', () => {
    const { days } = due('all', 100 * DAY_MS);
    expect(days).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe('SD8 a tick in its time', () => {
  const policies: MissedPolicy[] = ['skip', 'once', 'all'];

  test.each(policies)('is done by `%s`, also five minutes late', (policy) => {
    expect(due(policy, DAY_MS)).toEqual({ days: [1], missed: 0, settled: 0 });
    expect(due(policy, DAY_MS + 300_000)).toEqual({ days: [1], missed: 0, settled: 0 });
  });

  test.each(policies)('that is settled is not done again by `%s`', (policy) => {
    expect(due(policy, DAY_MS - 1)).toEqual({ days: [], missed: 0, settled: 0 });
    // A clock that went back.
    expect(due(policy, -WEEK_MS)).toEqual({ days: [], missed: 0, settled: 0 });
  });

  test('that has begun is no missed one, however late', () => {
    const late = DAY_MS + 5 * HOUR_MS;
    expect(due('skip', late)).toEqual({ days: [], missed: 1, settled: 1 });
    expect(due('skip', late, SETTLED + DAY_MS)).toEqual({ days: [1], missed: 0, settled: 0 });
  });

  test('gives way to the next one by `skip` and `once`, and goes first by `all`', () => {
    const pending = SETTLED + DAY_MS;
    expect(due('skip', 2 * DAY_MS, pending)).toEqual({ days: [2], missed: 1, settled: 0 });
    expect(due('once', 2 * DAY_MS, pending)).toEqual({ days: [2], missed: 1, settled: 0 });
    expect(due('all', 2 * DAY_MS, pending)).toEqual({ days: [1, 2], missed: 0, settled: 0 });
  });
});

test('SD7 no more than 500 are counted', () => {
  const minutes = tickTimes('* * * * *', 'UTC');
  const place = { settledMs: SETTLED, pendingMs: undefined };
  const { ticks, missed } = dueTicks({ times: minutes, missed: 'once' }, place, SETTLED + DAY_MS);
  expect([ticks, missed]).toEqual([[SETTLED + DAY_MS], 500]);
});
