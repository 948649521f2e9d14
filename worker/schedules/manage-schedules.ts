/** What an operator of a tenant does with its schedules. */
import { type Failure, invalid, wrongState } from '../../core/aggregate/outcome.ts';
import { schedulesOf } from '../../core/app.ts';
import type { ScheduleList, ScheduleStatus, TickRun } from '../../core/operator-shapes/schedule.ts';
import { isOfTenant, type Schedule, timesText } from '../../core/schedule/schedule.ts';
import { utcText } from '../../core/values/time.ts';
import { withJitter } from '../http/unavailable.ts';
import { unknownSchedule } from '../http/unknown-in-app.ts';
import { runTick, type TickRunner } from './run-tick.ts';
import { endTrouble } from './schedule-incidents.ts';
import { pause, resume, type StoredSchedule, schedulesStored, settle } from './schedule-rows.ts';

export interface ScheduleAdministration extends TickRunner {
  readonly tenant: string;
  readonly database: D1Database;
}

const MINUTE_MS = 60_000;

export async function listSchedules(by: ScheduleAdministration): Promise<ScheduleList> {
  const stored = await schedulesStored(by.database, by.tenant);
  const schedules = ofTenant(by).map((one) => statusOf(by, one, stored.get(one.name)));
  return { schedules };
}

/** Its ticks are left out until it is resumed. */
export async function pauseSchedule(
  by: ScheduleAdministration,
  name: string,
): Promise<ScheduleStatus | Failure> {
  return changed(by, name, async (schedule) => {
    await pause(by.database, { tenant: by.tenant, schedule }, nowOf(by));
    return undefined;
  });
}

export async function resumeSchedule(
  by: ScheduleAdministration,
  name: string,
): Promise<ScheduleStatus | Failure> {
  return changed(by, name, async (schedule) => {
    await resume(by.database, { tenant: by.tenant, schedule }, nowOf(by));
    return undefined;
  });
}

/** Leaves out the tick that is not done. */
export async function skipTick(
  by: ScheduleAdministration,
  name: string,
): Promise<ScheduleStatus | Failure> {
  const { database, tenant } = by;
  return changed(by, name, async (schedule, stored) => {
    const { pending, times } = stored ?? {};
    if (!stored || !pending || times !== timesText(schedule)) {
      return wrongState(`Every tick of ${name} is done, or was never begun.`);
    }
    const place = { settledMs: pending.atMs, missed: 1, last: undefined, pending: undefined };
    await settle(database, { tenant, schedule }, stored.settledMs, place).run();
    return undefined;
  });
}

/** The tick of a minute, now: whether or not the cron has it, and once, also where the schedule does it, too. */
export async function runNow(
  by: ScheduleAdministration,
  name: string,
  wanted: number | undefined,
): Promise<TickRun | Failure> {
  const schedule = scheduleNamed(by, name);
  if ('outcome' in schedule) return schedule;
  const nowMs = nowOf(by);
  const atMs = wanted ?? nowMs - (nowMs % MINUTE_MS);
  if (atMs % MINUTE_MS !== 0 || atMs > nowMs) {
    return invalid('/at', 'A tick is at a whole minute, and not in the future.');
  }
  const end = await runTick(by, schedule, by.tenant, atMs);
  switch (end.state) {
    case 'done':
      return { at: utcText(atMs), commands: end.commands };
    case 'failed':
    case 'refused':
      return wrongState(`The tick is not done. ${end.cause}`);
    default: {
      const detail = `The tick is not done. ${end.cause} It can be run again: nothing is done twice.`;
      return { outcome: 'unavailable', detail, retryAfterSeconds: withJitter(1) };
    }
  }
}

/** Closes the incident first: nothing would close it later. */
async function changed(
  by: ScheduleAdministration,
  name: string,
  change: (schedule: Schedule, stored: StoredSchedule | undefined) => Promise<Failure | undefined>,
): Promise<ScheduleStatus | Failure> {
  const schedule = scheduleNamed(by, name);
  if ('outcome' in schedule) return schedule;
  const { database, tenant } = by;
  const stored = (await schedulesStored(database, tenant)).get(name);
  if (stored?.pending && !(await endTrouble(by, [{ schedule, tenant }]))) return unclosed;
  const failure = await change(schedule, stored);
  if (failure) return failure;
  return statusOf(by, schedule, (await schedulesStored(database, tenant)).get(name));
}

const unclosed: Failure = {
  outcome: 'unavailable',
  detail: 'The incident of the schedule could not be closed, and nothing was changed.',
  retryAfterSeconds: 1,
};

function scheduleNamed(by: ScheduleAdministration, name: string): Schedule | Failure {
  const own = ofTenant(by);
  return own.find((one) => one.name === name) ?? unknownSchedule(own, name);
}

function ofTenant({ machinery, tenant }: ScheduleAdministration): readonly Schedule[] {
  return schedulesOf(machinery.app).filter((one) => isOfTenant(one, tenant));
}

function nowOf({ machinery }: ScheduleAdministration): number {
  return machinery.platform.nowMs();
}

function statusOf(
  by: ScheduleAdministration,
  schedule: Schedule,
  stored: StoredSchedule | undefined,
): ScheduleStatus {
  const { name, cron, timeZone, missed } = schedule;
  const { pending } = stored ?? {};
  const next = stored?.isPaused ? undefined : schedule.times.next(nowOf(by));
  return {
    ...{ name, cron, timeZone, missed, state: stateOf(stored) },
    nextAt: next === undefined ? null : utcText(next),
    last: stored?.last ?? null,
    pending: pending
      ? { at: utcText(pending.atMs), since: utcText(pending.sinceMs), cause: pending.cause }
      : null,
    missedTicks: stored?.missed ?? 0,
  };
}

function stateOf(stored: StoredSchedule | undefined): ScheduleStatus['state'] {
  if (!stored) return 'new';
  if (stored.isPaused) return 'paused';
  if (!stored.pending) return 'active';
  return stored.pending.state === 'failed' ? 'failing' : 'waiting';
}
