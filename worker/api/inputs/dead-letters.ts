/** What dead letters are listed, redriven and discarded with. */
import * as z from 'zod';
import { deadLetterStatuses } from '../../../core/plan/dead-letter.ts';
import { wholeNumber } from '../../http/query-parameters.ts';

const filters = {
  projection: z.string().exactOptional(),
  aggregate: z.string().exactOptional(),
  stream: z.string().exactOptional(),
  type: z.string().exactOptional(),
  error: z.string().exactOptional().describe('The whole text of the error.'),
};

export const deadLettersInput = z.strictObject({
  ...filters,
  status: z.enum(deadLetterStatuses).exactOptional(),
  limit: wholeNumber({ min: 1, max: 1_000, default: 100 }),
  cursor: z.string().exactOptional(),
});

/** What matches all that is given; with nothing given, all. */
export const redriveInput = z.strictObject({ ...filters, after: z.string().exactOptional() });

export const discardInput = z.strictObject({ reason: z.string().min(1).max(1_000) });
