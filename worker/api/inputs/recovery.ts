/** What a stream is recovered with. */
import * as z from 'zod';

export const recoveryInput = z.strictObject({
  reason: z.string().min(1).max(1_000).exactOptional(),
});
