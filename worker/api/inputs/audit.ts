/** What a reader of the audit trail sends. */
import * as z from 'zod';
import { wholeNumber } from '../../http/query-parameters.ts';

const PAGE_MAX = 500;

export const auditInput = z.strictObject({
  day: z.iso.date().exactOptional().describe('In UTC, `2026-11-26`. Left out: today.'),
  limit: wholeNumber({ min: 1, max: PAGE_MAX, default: 100 }),
  cursor: z.string().exactOptional(),
});
