/** The input of the comparison of the journal with the objects and the checkpoints, and of the sweep. */
import * as z from 'zod';
import { SHOWN_POSITION } from '../../http/shown-positions.ts';

export const verifyInput = z.strictObject({
  after: z
    .string()
    .regex(SHOWN_POSITION, 'Send a position as it was answered.')
    .describe('The position to continue after. Left out: from the beginning.')
    .exactOptional(),
  limit: z.int().min(1).max(5_000).default(1_000),
});

export const checkpointsInput = z.strictObject({
  after: z
    .string()
    .max(2_000)
    .default('')
    .describe('The stream to continue after. Left out: from the first one.'),
  limit: z.int().min(1).max(5_000).default(1_000),
});

export const sweepInput = z.strictObject({ streams: z.int().min(1).max(500).default(100) });
