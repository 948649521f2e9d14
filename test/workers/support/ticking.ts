/** An app with schedules, whose minutes a test runs. What a schedule sends is the test's. */
import { beforeEach } from 'vitest';
import { type App, defineApp } from '../../../core/app.ts';
import type { Reaction } from '../../../core/process/reactor.ts';
import { defineSchedule } from '../../../core/schedule/define-schedule.ts';
import type { MissedPolicy, Schedule, ScheduleTick } from '../../../core/schedule/schedule.ts';
import { runSchedules } from '../../../worker/schedules/run-schedules.ts';
import type { deployment } from './deployment.ts';
import { testApp } from './entry.ts';
import { aggregateOf, env, rowsOf } from './harness.ts';

type OnTick = (tick: ScheduleTick) => readonly Reaction[];

/** What the schedules of a test send. */
export const ticking: { on: OnTick } = { on: () => [] };

interface Given {
  readonly name?: string;
  readonly cron?: string;
  readonly missed?: MissedPolicy;
  /** Null: each tenant. */
  readonly tenant?: string | null;
}

export function daily({
  name = 'daily',
  cron = '0 3 * * *',
  missed = 'once',
  tenant = 'main',
}: Given = {}) {
  return defineSchedule({
    ...{ name, cron, missed, timeZone: 'UTC', on: (tick: ScheduleTick) => ticking.on(tick) },
    ...(tenant !== null && { tenant }),
  });
}

export function appWith(...schedules: readonly Schedule[]): App {
  return defineApp({ ...testApp, schedules });
}

export type TickingDeployment = ReturnType<typeof deployment>;

/** A minute of the cron, like `minute(shop, '2027-01-10T03:00Z')`. */
export async function minute(
  { machinery, env: own }: Pick<TickingDeployment, 'machinery' | 'env'>,
  time: string,
): Promise<void> {
  const placement = machinery.databases.first(own);
  await runSchedules({ machinery, env: own, placement }, Date.parse(time));
}

export interface StoredRow {
  readonly tenant: string;
  readonly name: string;
  readonly settled: number;
  readonly missed: number;
  readonly last: string | null;
  readonly pending: string | null;
}

export function scheduleRows(): Promise<StoredRow[]> {
  return rowsOf<StoredRow>('SELECT * FROM schedule ORDER BY tenant, name');
}

/** The notes of what a stream has done, in order. */
export async function notesOf(id: string, tenant = 'main'): Promise<unknown[]> {
  const events = await aggregateOf(`troublesome/${id}`, tenant).events({ after: 0, limit: 100 });
  return events.map(({ data }) => (data as { note: string }).note);
}

let tests = 0;

/** Objects outlive a test, so each has streams of its own. */
export function ownStream(): string {
  return `tick-${tests}`;
}

export function useTicks(): void {
  beforeEach(async () => {
    tests++;
    ticking.on = () => [];
    await env.DB.batch([
      env.DB.prepare('DELETE FROM schedule'),
      env.DB.prepare("DELETE FROM residence WHERE tenant <> 'ledge'"),
    ]);
  });
}
