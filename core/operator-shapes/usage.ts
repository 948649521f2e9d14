/** What a tenant has used in a day, as `/v1/usage` answers it. */
import * as z from 'zod';
import { quotaCounters } from '../access/quota.ts';
import { listOf } from '../values/shape-words.ts';

const counter = z
  .enum(quotaCounters)
  .describe('`rows`: that D1 has read. `requests`: while the tenant had a brake.');

const used = z.int().min(0);

export const usageDay = z.object({
  day: z.string(),
  used: listOf(
    z.object({
      ...{ counter, used },
      median: used.nullable().describe('Of the days before; null: fewer than seven are known.'),
    }),
  ).describe('By all callers together. What no quota concerns is not counted.'),
  principals: listOf(z.object({ principal: z.string(), counter, used })).describe(
    'Those with a quota that have used most, at most 100 of each counter.',
  ),
});

export type UsageDay = z.output<typeof usageDay>;
