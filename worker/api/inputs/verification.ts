/** The input of the comparison of the journal with the objects, and of the sweep. */
import * as z from 'zod';

export const verifyInput = z.strictObject({
  /** The position to go on after. */
  after: z.int().min(0).default(0),
  limit: z.int().min(1).max(5_000).default(1_000),
});

export const sweepInput = z.strictObject({ streams: z.int().min(1).max(500).default(100) });
