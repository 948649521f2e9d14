/** What `/v1/issuers/refresh` answers: the keys of each declared issuer, as they were just now. */
import * as z from 'zod';
import { listOf, time } from '../values/shape-words.ts';

export const refreshedIssuers = z.object({
  issuers: listOf(
    z.object({
      issuer: z.string().describe('As its tokens name it.'),
      result: z
        .enum(['fetched', 'unchanged', 'failed'])
        .describe('`fetched`: it publishes other keys than before.'),
      cause: z.string().exactOptional().describe('Why it failed. Its known keys are used on.'),
    }),
  ),
  effectiveBy: time.describe(
    'From then on no isolate uses a key that was withdrawn: each reads the new keys before.',
  ),
});

export type RefreshedIssuers = z.output<typeof refreshedIssuers>;
export type RefreshedIssuer = RefreshedIssuers['issuers'][number];
