/** What a stream's actions are listed and operated with. */
import * as z from 'zod';
import { wholeNumber } from '../../http/query-parameters.ts';

export const actionsInput = z.strictObject({
  limit: wholeNumber({ min: 1, max: 1_000, default: 100 }),
  cursor: z.string().exactOptional(),
});

export const actionOperationInput = z.strictObject({
  action: z.string().min(1).max(128),
  version: z.int().min(1),
  reason: z.string().min(1).max(1_000),
});
