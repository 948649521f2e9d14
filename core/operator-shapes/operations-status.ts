/** The response of `/v1/status`: where a deployment is. */
import * as z from 'zod';
import { type AlertName, alertNames } from '../failures/alerts.ts';
import { count, listOf, time } from '../values/shape-words.ts';
import { projectionStates } from './projection-status.ts';

/** Not said by the part that has it. */
const unknownCount = count.nullable();

const lag = z
  .object({ events: count, seconds: count })
  .nullable()
  .describe(
    'Events that the rows lack, and the age of the oldest of them. Null: the incidents could not be read, or nothing serves.',
  );

const database = z.object({
  name: z.string().describe('Of its binding.'),
  bytes: unknownCount,
  limitBytes: count,
  growthBytesPerDay: z
    .int()
    .nullable()
    .describe('Over the last seven days. Null before there is a size from a day ago.'),
  daysUntilFull: count
    .nullable()
    .describe(
      'Whole days at that growth. Null where it is unknown, or the database does not grow.',
    ),
  events: count.describe('Events that the journal was given, ever.'),
  sealed: z
    .object({
      bucket: z
        .boolean()
        .describe('Whether the Worker has a bucket. Without one nothing is sealed.'),
      events: count,
    })
    .describe('What has left the database for R2: the oldest events.'),
  givenUp: count.describe('Messages that the queue gave up on, at most 1,000.'),
  lag,
});

const queue = z.object({
  name: z.string().describe('Of its binding.'),
  messages: count,
  bytes: count,
  oldestSeconds: unknownCount,
});

const projection = z.object({
  name: z.string(),
  database: z.string(),
  state: z.enum(projectionStates),
  lag,
  parked: count,
});

const undelivered = z
  .object({
    streams: count,
    events: count,
    oldestSeconds: count,
    timers: count.describe('Timers that cannot fire.'),
    actions: count.describe('Actions that are parked.'),
    restored: count.describe('Objects that were restored and do not have their events back.'),
    subscriptions: count.describe('Subscriptions that deliver nothing, or not all.'),
    schedules: count.describe('Schedules with a tick that is not done, of each tenant.'),
    groups: count.describe('Consumer groups with parked messages, or that no consumer reads.'),
    unlisted: count,
  })
  .describe(
    'What objects have and the journal lacks, over all tenants. Events behind older messages of a queue are in the figures of that queue for fifteen minutes.',
  );

const alert = z.object({
  alert: z.enum(alertNames as readonly [AlertName, ...AlertName[]]), // there are some
  subject: z.string().describe('Which database, queue, projection, aggregate or step.'),
  since: time.nullable().describe('Null where the cron has not seen it yet.'),
  cause: z.string(),
  remedy: z.string(),
});

const unreadPart = z.object({
  part: z.enum(['database', 'queue', 'incidents', 'observations']),
  name: z.string(),
  kind: z.string().describe('What kind of failure it was.'),
});

export const operationsStatus = z.object({
  at: time,
  observedAt: time
    .nullable()
    .describe(
      'When the cron last looked, to within ten minutes. It raises alerts and keeps sizes. Null: not yet.',
    ),
  databases: listOf(database),
  queues: listOf(queue),
  projections: listOf(projection),
  undelivered: undelivered.nullable(),
  alerts: listOf(alert),
  unread: listOf(unreadPart).describe('What could not be read. Its figures are missing, not 0.'),
});

export type OperationsStatus = z.output<typeof operationsStatus>;
