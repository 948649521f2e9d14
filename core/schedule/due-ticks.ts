/** Which ticks of a schedule are to be done now, by its policy on missed ones. Pure. */
import type { Schedule } from './schedule.ts';

/** Ours: `skip` does a tick that is up to so late, so that a minute without the platform's cron leaves none out. */
const LATE_MS_MAX = 300_000;

/** Ours, for one tenant and minute: the others follow in the minutes after. */
const TICKS_AT_ONCE = 10;

/** Ours: further ones are not counted. Each takes some 0.2 ms. */
const COUNTED_MAX = 500;

/** What is stored of a schedule for a tenant. */
export interface SchedulePlace {
  /** Up to which its ticks are settled: done or missed. */
  readonly settledMs: number;
  /** The tick that has begun and is not done. */
  readonly pendingMs: number | undefined;
}

export interface DueTicks {
  /** In their order. */
  readonly ticks: readonly number[];
  /** How many others before the first of them, or before `settledMs`, are left out. */
  readonly missed: number;
  /** Up to which ticks are settled without being done. */
  readonly settledMs: number;
}

export function dueTicks(
  { times, missed: policy }: Pick<Schedule, 'times' | 'missed'>,
  { settledMs, pendingMs }: SchedulePlace,
  nowMs: number,
): DueTicks {
  const newest = times.newest(nowMs);
  if (newest === undefined || newest <= settledMs) return { ticks: [], missed: 0, settledMs };
  if (policy === 'all') {
    return { ticks: ticksBetween(times, settledMs, nowMs, TICKS_AT_ONCE), missed: 0, settledMs };
  }
  const before = ticksBetween(times, settledMs, newest - 1, COUNTED_MAX).length;
  const isLate = policy === 'skip' && newest !== pendingMs && nowMs - newest > LATE_MS_MAX;
  return isLate
    ? { ticks: [], missed: before + 1, settledMs: newest }
    : { ticks: [newest], missed: before, settledMs };
}

function ticksBetween(
  { next }: Schedule['times'],
  afterMs: number,
  upToMs: number,
  limit: number,
): number[] {
  const found: number[] = [];
  let tick = next(afterMs);
  while (tick !== undefined && tick <= upToMs && found.length < limit) {
    found.push(tick);
    tick = next(tick);
  }
  return found;
}
