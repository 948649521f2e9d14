/**
 * The cron's step for the app's schedules: reads which have a tick that is due, does it for each tenant, and stores where each is
 * now. It may run twice at the same time, or end anywhere: commands are executed under keys of their tick, and the place moves
 * afterwards.
 */
import { schedulesOf } from '../../core/app.ts';
import type { TickRun } from '../../core/operator-shapes/schedule.ts';
import { dueTicks } from '../../core/schedule/due-ticks.ts';
import { type Schedule, timesText } from '../../core/schedule/schedule.ts';
import { isTrouble, type UndoneTick } from '../../core/schedule/schedule-trouble.ts';
import { absentFrom, readAbsent, settleResidence } from '../projections/residence.ts';
import { projectorFor } from '../projector/projector.ts';
import type { Placement } from '../runtime/databases.ts';
import { runTick, type TickRunner } from './run-tick.ts';
import { endTrouble, reportTrouble } from './schedule-incidents.ts';
import {
  begin,
  type DueSchedule,
  dueOf,
  readDue,
  type Settlement,
  settle,
} from './schedule-rows.ts';

export interface ScheduleRunner extends TickRunner {
  readonly placement: Placement;
}

/** Ours: each costs requests to objects. */
const RUN_AT_ONCE = 20;

/** Ours: the next minute goes on, and the platform runs no cron for longer than 15 minutes. */
const RUN_MS_MAX = 45_000;

const MINUTE_MS = 60_000;

/** A lost report is made up for. */
const REPORTED_EVERY_MS = 10 * MINUTE_MS;

/** @throws the first failure, after all that can be done */
export async function runSchedules(by: ScheduleRunner, minuteMs: number): Promise<void> {
  const failures: unknown[] = [];
  await runThose(by, await schedulesHere(by, failures), { minuteMs, failures });
  if (failures.length > 0) throw failures[0];
}

interface ScheduleRun {
  readonly minuteMs: number;
  /** Why schedules of named tenants cannot be run: their database is not known. */
  readonly failures: unknown[];
}

async function runThose(
  by: ScheduleRunner,
  schedules: readonly Schedule[],
  { minuteMs, failures }: ScheduleRun,
): Promise<void> {
  if (schedules.length === 0) return;
  const { machinery, placement } = by;
  const { database } = placement;
  const endsMs = machinery.platform.nowMs() + RUN_MS_MAX;
  const named = schedules.flatMap(({ tenant }) => tenant ?? []);
  const [read, absent] = await database.batch([
    readDue(database, schedules, minuteMs),
    readAbsent(database, named),
  ]);
  const hasBegun = await beginResidences(by, absentFrom(absent), failures);
  // Else a tick of this minute would be left out.
  const found = hasBegun ? await readDue(database, schedules, minuteMs).all() : read;
  const due = dueOf(found, schedules);
  for (let first = 0; first < due.length; first += RUN_AT_ONCE) {
    if (machinery.platform.nowMs() > endsMs) return;
    await runSome(by, due.slice(first, first + RUN_AT_ONCE), minuteMs);
  }
}

/** Those whose tenant lives in this database, or that are each tenant's. */
async function schedulesHere(
  { machinery, env, placement }: ScheduleRunner,
  failures: unknown[],
): Promise<Schedule[]> {
  const all = schedulesOf(machinery.app);
  const places = await machinery.databases.ofAll(
    env,
    all.flatMap(({ tenant }) => tenant ?? []),
  );
  return all.filter(({ tenant }) => {
    if (tenant === undefined) return true;
    const place = places.get(tenant);
    if (place && 'error' in place) failures.push(place.error);
    return place !== undefined && 'index' in place && place.index === placement.index;
  });
}

/** A tenant's first events make it resident; a tick may be what brings them. Whether there is one more. */
async function beginResidences(
  { machinery, env, placement }: ScheduleRunner,
  tenants: readonly string[],
  failures: unknown[],
): Promise<boolean> {
  const projector = projectorFor(machinery, env, placement);
  let hasBegun = false;
  for (const tenant of tenants) {
    const settled = await settleResidence(projector, tenant).catch((error: unknown) => {
      failures.push(error);
      return undefined;
    });
    hasBegun ||= settled === 'resident';
    if (settled !== 'unknown') continue;
    const note = 'of a tenant that is not provisioned';
    projector.log('warn', { operation: 'schedule', note, tenant });
  }
  return hasBegun;
}

async function runSome(
  by: ScheduleRunner,
  due: readonly DueSchedule[],
  minuteMs: number,
): Promise<void> {
  const { database } = by.placement;
  // One that is new begins with this minute: what was before it is none of its ticks.
  const beganMs = minuteMs - MINUTE_MS;
  const begun = due.filter((one) => one.stored?.times !== timesText(one.schedule));
  // What the one before it had not done is left out, with its incident.
  const left = begun.filter(({ stored }) => stored?.pending);
  if (left.length > 0 && !(await endTrouble(by, left))) return;
  if (begun.length > 0) await database.batch(begun.map((one) => begin(database, one, beganMs)));
  const settled = await Promise.all(
    due.map(async (one) => {
      const isBegun = begun.includes(one);
      const fromMs = isBegun ? beganMs : (one.stored?.settledMs ?? beganMs);
      const pending = isBegun ? undefined : one.stored?.pending;
      const settlement = await runDue(by, one, { fromMs, pending, minuteMs });
      const isOpen = pending !== undefined && settlement?.pending === undefined;
      // Stored once the incident is closed: until then the tick is done again, and nothing is done twice.
      if (!settlement || (isOpen && !(await endTrouble(by, [one])))) return [];
      return [settle(database, one, fromMs, settlement)];
    }),
  );
  const statements = settled.flat();
  if (statements.length > 0) await database.batch(statements);
}

interface RunPlace {
  readonly fromMs: number;
  readonly pending: UndoneTick | undefined;
  readonly minuteMs: number;
}

/** Undefined where there is nothing to store: nothing is due, or all is as it was. */
async function runDue(
  by: ScheduleRunner,
  { schedule, tenant }: DueSchedule,
  { fromMs, pending, minuteMs }: RunPlace,
): Promise<Settlement | undefined> {
  const due = dueTicks(schedule, { settledMs: fromMs, pendingMs: pending?.atMs }, minuteMs);
  let { settledMs } = due;
  let last: TickRun | undefined;
  let undone: UndoneTick | undefined;
  for (const atMs of due.ticks) {
    const end = await runTick(by, schedule, tenant, atMs);
    if (end.state !== 'done') {
      const sinceMs = pending?.atMs === atMs ? pending.sinceMs : minuteMs;
      undone = { atMs, state: end.state, cause: end.cause, sinceMs };
      break;
    }
    settledMs = atMs;
    last = { at: new Date(atMs).toISOString(), commands: end.commands };
  }
  if (undone) await notice(by, { schedule, tenant }, { undone, pending, minuteMs });
  const missed = settledMs === fromMs ? 0 : due.missed;
  const isAsItWas = settledMs === fromMs && isSame(undone, pending);
  return isAsItWas ? undefined : { settledMs, missed, last, pending: undone };
}

interface Notice extends Omit<RunPlace, 'fromMs'> {
  readonly undone: UndoneTick;
}

/** Logged and reported when it begins or changes, and again every ten minutes. */
async function notice(
  by: ScheduleRunner,
  { schedule, tenant }: Pick<DueSchedule, 'schedule' | 'tenant'>,
  { undone, pending, minuteMs }: Notice,
): Promise<void> {
  if (isSame(undone, pending) && minuteMs % REPORTED_EVERY_MS !== 0) return;
  const { name } = schedule;
  by.machinery.platform.log('warn', {
    ...{ operation: 'schedule', tenant, schedule: name, outcome: undone.state },
  });
  if (isTrouble(undone, minuteMs)) await reportTrouble(by, { schedule, tenant }, undone);
}

function isSame(one: UndoneTick | undefined, other: UndoneTick | undefined): boolean {
  return one?.atMs === other?.atMs && one?.state === other?.state && one?.cause === other?.cause;
}
