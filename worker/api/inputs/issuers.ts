/** What an administrator sends about the issuers of JWTs. */
import * as z from 'zod';

export const refreshIssuersInput = z.strictObject({
  reason: z.string().min(1).max(1_000).exactOptional().describe('Why, for the audit trail.'),
});
