/** A time as callers write it, in UTC as we keep it. */
import * as z from 'zod';
import { parseTime, TIME_RULE, utcText } from '../../core/time.ts';

export const utcTime = z.iso.datetime({ offset: true }).transform((written, context) => {
  const timeMs = parseTime(written);
  if (timeMs !== undefined) return utcText(timeMs);
  context.addIssue(TIME_RULE);
  return z.NEVER;
});
