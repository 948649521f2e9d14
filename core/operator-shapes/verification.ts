/** Responses of `POST /v1/verify`, one page each, and of `POST /v1/sweep`, one round each. */
import * as z from 'zod';
import { knownIncident } from '../failures/incident-shapes.ts';
import { count, listOf } from '../values/shape-words.ts';

const difference = z.object({
  position: z.string(),
  stream: z.string(),
  version: count,
  what: z.enum([
    'not in the log',
    'differs from the log',
    'out of order in the journal',
    'missing from the journal',
    'a missing position',
  ]),
});

export const verifiedPage = z.object({
  checked: count,
  differences: listOf(difference),
  after: z.string().describe('The position to continue after.'),
  done: z.boolean(),
  undelivered: listOf(knownIncident).describe(
    'At the end of the walk: streams that objects have and the journal lacks.',
  ),
});

const laggingStream = z.object({
  tenant: z.string(),
  stream: z.string(),
  version: count,
  head: count,
});

export const sweptRound = z.object({
  streams: count,
  behind: listOf(laggingStream).describe('What D1 did not have, by its stream.'),
  repaired: count.describe('How many of those have all of it now.'),
  done: z.boolean().describe('Whether the walk came to the last stream; the next begins again.'),
});

export type Difference = z.output<typeof difference>;
export type VerifiedPage = z.output<typeof verifiedPage>;
export type LaggingStream = z.output<typeof laggingStream>;
export type SweptRound = z.output<typeof sweptRound>;
