/** The response of `POST /v1/recover/{aggregate}/{id}`. */
import * as z from 'zod';
import { count, time } from '../values/shape-words.ts';

const divergedEvent = z.object({
  id: z.string(),
  type: z.string(),
  recordedAt: time,
  actor: z.string(),
  commandId: z.string(),
  data: z.unknown(),
});

export const streamRecovery = z.object({
  stream: z.string(),
  state: z
    .enum(['whole', 'searching', 'diverged'])
    .describe(
      '`whole`: the object has what the journal has, and takes commands. `searching`: a part of the journal was looked through: ask again. `diverged`: both have events under the same version, and commands are refused.',
    ),
  version: count.describe('Of the object.'),
  journalVersion: count,
  taken: count.describe('How many events the object has taken back now.'),
  divergence: z
    .object({ version: count, log: divergedEvent, journal: divergedEvent })
    .nullable()
    .describe('The first version with different events: the object’s, and the journal’s.'),
});

export type StreamRecovery = z.output<typeof streamRecovery>;
