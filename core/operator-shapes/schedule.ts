/** Schedules of a tenant in responses of `/v1/schedules`. */
import * as z from 'zod';
import { missedPolicies } from '../schedule/schedule.ts';
import { count, listOf, time } from '../values/shape-words.ts';
import { commandAnswer } from './command-answer.ts';

export const tickRun = z.object({
  at: time.describe('The time of the tick.'),
  commands: listOf(commandAnswer),
});

export const scheduleStatus = z.object({
  name: z.string(),
  cron: z.string(),
  timeZone: z.string(),
  missed: z.enum(missedPolicies),
  state: z
    .enum(['new', 'active', 'waiting', 'failing', 'paused'])
    .describe(
      '`new`: the cron has not seen it yet. `waiting`: a tick is not done, because commands cannot be sent or the tenant is suspended. `failing`: a tick is not done, because the code fails.',
    ),
  nextAt: time.nullable().describe('The next tick. Null while it is paused.'),
  last: tickRun
    .nullable()
    .describe('The newest tick that is done, with what became of its commands.'),
  pending: z
    .object({
      at: time,
      since: time.describe('When it was attempted first.'),
      cause: z.string(),
    })
    .nullable()
    .describe('The tick that is not done, and is done again every minute.'),
  missedTicks: count.describe(
    'How many ticks were left out, at least: missed, or skipped by an operator.',
  ),
});

export const scheduleList = z.object({ schedules: listOf(scheduleStatus) });

export type TickRun = z.output<typeof tickRun>;
export type ScheduleStatus = z.output<typeof scheduleStatus>;
export type ScheduleList = z.output<typeof scheduleList>;
