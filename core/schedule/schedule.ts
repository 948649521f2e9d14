/** A schedule as the runtime handles it: times, and the commands that follow from each. */
import type { Reaction } from '../process/reactor.ts';
import type { SentCommands } from '../process/sent-commands.ts';

/** One of the times of a schedule, for one tenant. */
export interface ScheduleTick {
  /** UTC, ISO 8601: the whole minute. */
  readonly at: string;
  /** The same on a clock of the schedule's time zone, like 2027-03-28T03:00. In a repeated hour two ticks have the same. */
  readonly local: string;
  readonly tenant: string;
}

/**
 * What becomes of ticks that were not done in time. `skip`: they are left out; one is done up to five minutes late. `once`: the
 * newest is done, for all of them. `all`: each is done, in their order.
 */
export const missedPolicies = ['skip', 'once', 'all'] as const;

/** What becomes of ticks that were not done in time: none, the newest, or each is made up for. */
export type MissedPolicy = (typeof missedPolicies)[number];

/** The times alone, in milliseconds since 1970. A pure function of the cron and the time zone. */
export interface TickTimes {
  /** The first tick after a moment; undefined where there is none. */
  next(afterMs: number): number | undefined;
  /** The newest tick up to a moment, which included. */
  newest(upToMs: number): number | undefined;
  /** Of a tick. */
  localTime(atMs: number): string;
}

/** The commands that follow from time alone. */
export interface Schedule {
  readonly kind: 'schedule';
  readonly name: string;
  readonly cron: string;
  /** Of the time zone database of the IANA. */
  readonly timeZone: string;
  readonly missed: MissedPolicy;
  /** Whose commands they are. Left out: those of each tenant. */
  readonly tenant?: string;
  readonly times: TickTimes;
  /** Left out: not declared. */
  readonly sends?: SentCommands;
  /** @throws what its function throws; TypeError for no commands */
  commandsAt(tick: ScheduleTick): readonly Reaction[];
}

/** By which a changed schedule is recognised: its ticks are others. */
export function timesText({ cron, timeZone }: Schedule): string {
  return `${cron} ${timeZone}`;
}

/** Whether its ticks are those of a tenant, too. */
export function isOfTenant({ tenant }: Schedule, name: string): boolean {
  return tenant === undefined || tenant === name;
}

export function tickOf(schedule: Schedule, tenant: string, atMs: number): ScheduleTick {
  const local = schedule.times.localTime(atMs);
  return { at: new Date(atMs).toISOString(), local, tenant };
}
