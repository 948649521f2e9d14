/** What schedules are operated with. */
import * as z from 'zod';
import { utcTime } from '../../http/utc-time.ts';

const reason = z.string().min(1).max(1_000);

export const scheduleOperationInput = z.strictObject({ reason });

export const runTickInput = z.strictObject({
  reason,
  at: utcTime
    .exactOptional()
    .describe('The tick, a whole minute. Left out: the minute that is now.'),
});
