/** Responses of `POST /v1/verify` and `POST /v1/verify/checkpoints`, one page each, and of `POST /v1/sweep`, one round each. */
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
    'ahead of its checkpoint',
    'a missing position',
  ]),
});

const verifiedStream = z.object({ stream: z.string(), first: count, last: count });

const checkpoint = z.object({ stream: z.string(), version: count });

export const verifiedPage = z.object({
  checked: count,
  differences: listOf(difference),
  streams: listOf(verifiedStream).describe(
    'The first and the last version of each stream in this page. What lies between pages is compared with them and with `POST /v1/verify/checkpoints`.',
  ),
  after: z.string().describe('The position to continue after.'),
  done: z.boolean(),
  undelivered: listOf(knownIncident).describe(
    'At the end of the walk: streams that objects have and the journal lacks.',
  ),
});

export const checkpointPage = z.object({
  checkpoints: listOf(checkpoint).describe('The version up to which the journal has each stream.'),
  after: z.string().exactOptional().describe('The stream to continue after; left out at the end.'),
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

export type VerifiedStream = z.output<typeof verifiedStream>;
export type CheckpointPage = z.output<typeof checkpointPage>;
export type Difference = z.output<typeof difference>;
export type VerifiedPage = z.output<typeof verifiedPage>;
export type LaggingStream = z.output<typeof laggingStream>;
export type SweptRound = z.output<typeof sweptRound>;
