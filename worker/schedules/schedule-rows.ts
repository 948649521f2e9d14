/**
 * Where each schedule of a tenant is, in the tenant's database. A change names the place that it has read, so that one of two
 * that run at the same time is without effect.
 */
import * as z from 'zod';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { TickRun } from '../../core/operator-shapes/schedule.ts';
import { type Schedule, timesText } from '../../core/schedule/schedule.ts';
import type { UndoneTick } from '../../core/schedule/schedule-trouble.ts';
import { isResidentSql } from '../d1/resident-sql.ts';

/** A schedule of a tenant that has something to do, with what the database knows of it. */
export interface DueSchedule {
  readonly tenant: string;
  readonly schedule: Schedule;
  /** Undefined where the database does not know it. */
  readonly stored: StoredSchedule | undefined;
}

export interface StoredSchedule {
  readonly times: string;
  readonly settledMs: number;
  readonly missed: number;
  readonly isPaused: boolean;
  readonly last: TickRun | undefined;
  readonly pending: UndoneTick | undefined;
}

interface ScheduleRow {
  readonly tenant: string;
  readonly name: string;
  readonly times: string | null;
  readonly settled: number;
  readonly missed: number;
  readonly paused: number;
  readonly last: string | null;
  readonly pending: string | null;
}

/** Ours, of one minute and database: further ones follow in the minutes after. */
const DUE_AT_ONCE = 200;

const COLUMNS =
  'schedule.times, schedule.settled, schedule.missed, schedule.paused, schedule.last, schedule.pending';

/** Those that fail come last, so that they hold up no other one; by chance, so that each comes at some time. */
const READ_DUE = `
  WITH wanted AS (
    SELECT value ->> 0 AS name, value ->> 1 AS tenant, value ->> 2 AS times, value ->> 3 AS newest FROM json_each(?)),
  own AS (
    SELECT tenant, name, times, newest FROM wanted WHERE tenant IS NOT NULL AND ${isResidentSql('wanted.tenant')}
    UNION ALL
    SELECT residence.tenant, name, times, newest FROM wanted CROSS JOIN residence
    WHERE wanted.tenant IS NULL AND residence.tenant <> '${OWN_TENANT}' AND state IN ('resident', 'leaving'))
  SELECT own.tenant, own.name, ${COLUMNS} FROM own
  LEFT JOIN schedule ON schedule.tenant = own.tenant AND schedule.name = own.name
  WHERE coalesce(schedule.paused, 0) = 0
    AND (schedule.tenant IS NULL OR schedule.times <> own.times OR schedule.settled < own.newest)
  ORDER BY schedule.pending IS NOT NULL, random() LIMIT ${DUE_AT_ONCE}`;

/** The statement that reads which of these schedules have a tick up to now that is not settled. */
export function readDue(
  database: D1Database,
  schedules: readonly Schedule[],
  nowMs: number,
): D1PreparedStatement {
  const wanted = schedules.map((schedule) => [
    ...[schedule.name, schedule.tenant ?? null],
    ...[timesText(schedule), schedule.times.newest(nowMs) ?? null],
  ]);
  return database.prepare(READ_DUE).bind(JSON.stringify(wanted));
}

export function dueOf(result: D1Result | undefined, schedules: readonly Schedule[]): DueSchedule[] {
  // The statement determines the type of the rows.
  return ((result?.results ?? []) as ScheduleRow[]).flatMap((row) => {
    const schedule = schedules.find(({ name }) => name === row.name);
    return schedule ? [{ tenant: row.tenant, schedule, stored: storedOf(row) }] : [];
  });
}

const READ_OF_TENANT = `SELECT tenant, name, ${COLUMNS} FROM schedule WHERE tenant = ?`;

/** By their names. */
export async function schedulesStored(
  database: D1Database,
  tenant: string,
): Promise<ReadonlyMap<string, StoredSchedule>> {
  const { results } = await database
    .withSession('first-primary')
    .prepare(READ_OF_TENANT)
    .bind(tenant)
    .all<ScheduleRow>();
  return new Map(
    results.flatMap((row) => {
      const stored = storedOf(row);
      return stored ? [[row.name, stored] as const] : [];
    }),
  );
}

const undoneTick = z.object({
  atMs: z.number(),
  state: z.enum(['unsent', 'failed', 'refused']),
  cause: z.string(),
  sinceMs: z.number(),
});

function storedOf(row: ScheduleRow): StoredSchedule | undefined {
  const { times, settled: settledMs, missed, paused, last, pending } = row;
  if (times === null) return undefined;
  return {
    ...{ times, settledMs, missed, isPaused: paused === 1 },
    // Written by `settle` alone.
    last: last === null ? undefined : (JSON.parse(last) as TickRun),
    pending: pending === null ? undefined : undoneTick.parse(JSON.parse(pending)),
  };
}

/** A tenant that is erased meanwhile gets no row. */
const IS_KEPT = `NOT EXISTS (SELECT 1 FROM residence WHERE tenant = ?1 AND state IN ('erasing', 'erased'))`;

/** With other times than the stored ones it begins again. */
const BEGIN = `
  INSERT INTO schedule (tenant, name, times, settled)
  SELECT ?1, ?2, ?3, ?4 WHERE ${IS_KEPT}
  ON CONFLICT (tenant, name) DO UPDATE SET times = excluded.times, settled = excluded.settled, pending = NULL
  WHERE times <> excluded.times`;

/** Its ticks after a moment are done from now on. */
export function begin(
  database: D1Database,
  { tenant, schedule }: Omit<DueSchedule, 'stored'>,
  settledMs: number,
): D1PreparedStatement {
  return database.prepare(BEGIN).bind(tenant, schedule.name, timesText(schedule), settledMs);
}

/** What a minute has come to for one schedule of a tenant. */
export interface Settlement {
  readonly settledMs: number;
  /** How many ticks are left out. */
  readonly missed: number;
  /** The newest tick that is done; undefined: none is. */
  readonly last: TickRun | undefined;
  readonly pending: UndoneTick | undefined;
}

const SETTLE = `
  UPDATE schedule SET settled = ?5, missed = missed + ?6, last = coalesce(?7, last), pending = ?8
  WHERE tenant = ?1 AND name = ?2 AND times = ?3 AND settled = ?4`;

export function settle(
  database: D1Database,
  { tenant, schedule }: Omit<DueSchedule, 'stored'>,
  beforeMs: number,
  { settledMs, missed, last, pending }: Settlement,
): D1PreparedStatement {
  return database
    .prepare(SETTLE)
    .bind(
      ...[tenant, schedule.name, timesText(schedule), beforeMs, settledMs, missed],
      ...[last ? JSON.stringify(last) : null, pending ? JSON.stringify(pending) : null],
    );
}

const PAUSE = `
  INSERT INTO schedule (tenant, name, times, settled, paused) SELECT ?1, ?2, ?3, ?4, 1 WHERE ${IS_KEPT}
  ON CONFLICT (tenant, name) DO UPDATE SET paused = 1`;

export async function pause(
  database: D1Database,
  { tenant, schedule }: Omit<DueSchedule, 'stored'>,
  nowMs: number,
): Promise<void> {
  await database.prepare(PAUSE).bind(tenant, schedule.name, timesText(schedule), nowMs).run();
}

/** What was due meanwhile is left out, and was meant to be. */
const RESUME = `
  UPDATE schedule SET paused = 0, times = ?3, settled = max(settled, ?4), pending = NULL
  WHERE tenant = ?1 AND name = ?2 AND paused = 1`;

export async function resume(
  database: D1Database,
  { tenant, schedule }: Omit<DueSchedule, 'stored'>,
  nowMs: number,
): Promise<void> {
  await database.prepare(RESUME).bind(tenant, schedule.name, timesText(schedule), nowMs).run();
}
