/** The parameters of the list of incidents. */
import * as z from 'zod';
import { wholeNumber } from '../../http/query-parameters.ts';

export const incidentsInput = z.strictObject({
  limit: wholeNumber({ min: 1, max: 1_000, default: 100 }),
  cursor: z.string().exactOptional(),
});
