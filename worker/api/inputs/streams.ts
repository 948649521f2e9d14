/** What a page of a stream, and the list of known streams, are asked with. */
import * as z from 'zod';
import { IDENTIFIER_RULE, IDENTIFIER_START } from '../../../core/aggregate/stream.ts';
import { wholeNumber } from '../../http/query-parameters.ts';

const PAGE_MAX = 1_000;

const limit = wholeNumber({ min: 1, max: PAGE_MAX, default: 100 });

export const eventsInput = z.strictObject({
  /** Exclusive. Backwards without it begins at the newest event. */
  after: wholeNumber({ min: 0 }).exactOptional(),
  limit,
  direction: z.enum(['forwards', 'backwards']).default('forwards'),
});

export const streamsInput = z.strictObject({
  /** Whole ids, too. */
  prefix: z
    .string()
    .regex(IDENTIFIER_START, `Send the beginning of an id: ${IDENTIFIER_RULE}.`)
    .describe('The beginning of the ids; left out: all.')
    .exactOptional(),
  cursor: z.string().exactOptional(),
  limit,
});
