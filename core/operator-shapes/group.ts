/** Consumer groups in responses of `/v1/groups…`, for operators and for consumers. */
import * as z from 'zod';
import { receiptResults } from '../group/receipt.ts';
import { count, listOf, time } from '../values/shape-words.ts';

export const groupView = z.object({
  name: z.string(),
  publication: z.string(),
  types: listOf(z.string()).nullable().describe('The types of its messages; null: all.'),
  attempts: count.describe('As many failed attempts park a message.'),
  createdAt: time,
  createdBy: z.string(),
  position: z
    .string()
    .describe('Up to which every event of the feed is acknowledged, skipped or held.'),
  leases: z.object({
    leases: count.describe('Those that have not ended.'),
    messages: count.describe('Their messages that are not acknowledged.'),
  }),
  held: z.object({
    streams: count.describe('Streams with a message that has failed.'),
    events: count.describe('Their messages that wait, parked ones included.'),
    parked: count.describe('Streams whose message was given up on.'),
  }),
  readAt: time.nullable().describe('When a consumer has last asked for messages or answered.'),
});

export const shownGroup = groupView.extend({
  behind: z.object({
    events: count.describe(
      'Those of the feed behind the position, leased ones included, and those held.',
    ),
    seconds: count.describe('Since the oldest of them happened.'),
  }),
});

export const groupPage = z.object({
  groups: listOf(groupView),
  cursor: z.string().exactOptional(),
});

/** A stream whose next message has failed. */
export const heldMessages = z.object({
  stream: z.string(),
  event: z.string().describe('The id of its message that comes next.'),
  events: count.describe('Those that wait.'),
  attempts: count.describe('The failed ones of the next message.'),
  failedAt: time.nullable().describe('The first failure.'),
  nextAttemptAt: time
    .nullable()
    .describe('From when it is given to a consumer. Null: it is parked.'),
  parkedAt: time.nullable(),
  result: z
    .string()
    .nullable()
    .describe(
      'Of the last attempt: the reason that its consumer gave, `failed`, or `expired` for a lease that ended.',
    ),
});

export const heldMessagesPage = z.object({
  streams: listOf(heldMessages),
  cursor: z.string().exactOptional(),
});

export const redrivenMessages = z.object({ streams: count });

export const receiptAnswers = z.object({
  results: listOf(
    z.object({
      receipt: z.string(),
      result: z
        .enum(receiptResults)
        .describe(
          '`repeated`: acknowledged before. `early`: an earlier message of its stream is not acknowledged yet. `ended`: the lease has ended, and the message is given to a consumer again. `foreign`: the lease is that of another principal. `unknown`: not a receipt of the group. These five change nothing.',
        ),
    }),
  ).describe('In the order of the request.'),
});

export type GroupView = z.output<typeof groupView>;
export type ShownGroup = z.output<typeof shownGroup>;
export type GroupPage = z.output<typeof groupPage>;
export type HeldMessages = z.output<typeof heldMessages>;
export type HeldMessagesPage = z.output<typeof heldMessagesPage>;
export type ReceiptAnswers = z.output<typeof receiptAnswers>;
