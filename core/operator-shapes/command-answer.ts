/** What became of a command that follows from something else than a request: a message of an inbound, a tick of a schedule. */
import * as z from 'zod';
import { count } from '../values/shape-words.ts';

export const commandAnswer = z.object({
  command: z.string(),
  stream: z.string(),
  outcome: z.enum(['accepted', 'rejected', 'subject-forgotten']),
  version: count.exactOptional().describe("The stream's version after the command."),
  reason: z.string().exactOptional().describe("The domain's own code for its no."),
  replayed: z
    .literal(true)
    .exactOptional()
    .describe('It was executed before: this is the recorded outcome, nothing happened now.'),
});

export type CommandAnswer = z.output<typeof commandAnswer>;
