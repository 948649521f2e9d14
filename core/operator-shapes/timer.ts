/** Timers of a stream in responses of `/v1/timers`. */
import * as z from 'zod';
import { timerStates } from '../aggregate/timers.ts';
import { count, listOf, time } from '../values/shape-words.ts';

export const timerStatus = z.object({
  id: z.string(),
  state: z
    .enum(timerStates)
    .describe(
      '`parked`: its command had no definite outcome, and the timer does not fire until it is retried. `cancelled`: by an operator.',
    ),
  dueAt: time,
  command: z.string(),
  data: z.unknown().describe('As the domain gave it.'),
  attempts: count.describe('How often its command has thrown since it was set or retried.'),
  causationId: z.string(),
  correlationId: z.string(),
  stopped: z.object({ at: time, actor: z.string(), reason: z.string() }).nullable(),
});

export const timerPage = z.object({
  stream: z.string(),
  timers: listOf(timerStatus),
  cursor: z.string().exactOptional().describe('Where the next page begins, if there may be one.'),
});

export type TimerStatus = z.output<typeof timerStatus>;
export type TimerPage = z.output<typeof timerPage>;
