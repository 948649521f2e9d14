/** What a reader of a tenant's usage sends. */
import * as z from 'zod';

export const usageInput = z.strictObject({
  day: z.iso
    .date()
    .exactOptional()
    .describe('In UTC, `2026-11-26`, of the last 31 days. Left out: today.'),
});
