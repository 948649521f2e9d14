/** How a caller names a moment of the past: a version, a time of recording, or a time in the world. */
import * as z from 'zod';
import type { Moment } from '../../core/moment.ts';
import { wholeNumber } from './query-parameters.ts';
import { utcTime } from './utc-time.ts';

/** At most one of them. */
export const momentInput = z
  .strictObject({
    version: wholeNumber({ min: 1 }).exactOptional(),
    at: utcTime.exactOptional(),
    occurredAt: utcTime.exactOptional(),
  })
  .refine(
    (moment) => Object.keys(moment).length <= 1,
    'Name one moment: version, at or occurredAt.',
  );

/** Undefined: now. */
export function momentOf(input: z.output<typeof momentInput>): Moment | undefined {
  if (input.version !== undefined) return { version: input.version };
  if (input.at !== undefined) return { recordedBy: input.at };
  return input.occurredAt === undefined ? undefined : { occurredBy: input.occurredAt };
}
