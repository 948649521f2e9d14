/** What a socket for live queries is opened with. */
import * as z from 'zod';

export const socketInput = z.strictObject({
  client: z
    .string()
    .min(1)
    .max(128)
    .describe(
      'Any name that the client keeps: with it a client that reconnects is sent what it missed.',
    )
    .exactOptional(),
});
