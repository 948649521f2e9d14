/** Dead letters in responses of `/v1/dead-letters`, and the result of redriving many. */
import * as z from 'zod';
import { undeliveredStreams } from '../failures/incident-shapes.ts';
import { deadLetterStatuses } from '../plan/dead-letter.ts';
import { count, listOf, time } from '../values/shape-words.ts';

export const deadLetter = z.object({
  id: z.string(),
  generation: z
    .string()
    .describe(
      'Whose: a projection and its version, or an inbound. Empty where the delivery failed as a whole.',
    ),
  stream: z.string(),
  version: count,
  type: z.string(),
  error: z.string(),
  attempts: count,
  status: z.enum(deadLetterStatuses),
  parkedAt: time,
  resolvedAt: time.nullable(),
  actor: z.string().nullable(),
  reason: z.string().nullable(),
});

export const wholeDeadLetter = deadLetter.extend({
  stack: z.string(),
  event: z
    .unknown()
    .describe(
      "As it was stored; the message's own text where it held no event. Of an inbound: its message, `null` where it is sealed or kept no longer.",
    ),
  upcast: z
    .object({ schemaVersion: z.int(), data: z.unknown() })
    .exactOptional()
    .describe('The event in the newest schema version that the code knows.'),
  unreadable: z.string().exactOptional().describe('Why it has none.'),
});

export const deadLetterPage = z.object({
  deadLetters: listOf(deadLetter),
  cursor: z.string().exactOptional().describe('Where the next page begins, if there may be one.'),
  undelivered: undeliveredStreams,
});

export const redriven = z.object({
  tried: count,
  parkedAgain: count,
  more: z.boolean(),
  after: z.string().exactOptional().describe('Send it to continue with those behind.'),
});

export type DeadLetter = z.output<typeof deadLetter>;
export type WholeDeadLetter = z.output<typeof wholeDeadLetter>;
export type DeadLetterPage = z.output<typeof deadLetterPage>;
export type Redriven = z.output<typeof redriven>;
