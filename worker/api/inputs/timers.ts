/** What a stream's timers are listed and operated with. */
import * as z from 'zod';
import { timerStates } from '../../../core/aggregate/timers.ts';
import { wholeNumber } from '../../http/query-parameters.ts';

export const timersInput = z.strictObject({
  state: z.enum(timerStates).exactOptional(),
  limit: wholeNumber({ min: 1, max: 1_000, default: 100 }),
  cursor: z.string().exactOptional(),
});

/** A timer's id may hold slashes, so the body names it. */
export const timerOperationInput = z.strictObject({
  timer: z.string().min(1).max(512),
  reason: z.string().min(1).max(1_000),
});
