/** Actions of a stream in responses of `/v1/actions`. */
import * as z from 'zod';
import { actionStates } from '../action/stored-action.ts';
import { count, listOf, time } from '../values/shape-words.ts';

export const actionStatus = z.object({
  action: z.string(),
  version: z.int().min(1).describe('Of its event.'),
  state: z
    .enum([...actionStates, 'skipped'])
    .describe(
      '`pending`: it is attempted, or waits for the next attempt or for an event before. `answered`: the other system has answered, and commands are being sent. `parked`: it waits for an operator, and later ones of the stream wait for it. `skipped`: by this request, and not stored any more.',
    ),
  attempts: count.describe('How often the handler was called, at most.'),
  dueAt: time.nullable().describe('When it goes on. Null where it does not by itself.'),
  cause: z.string().nullable().describe('Of the last failure.'),
  commands: z
    .array(z.object({ aggregate: z.string(), id: z.string(), command: z.string() }))
    .describe('What is being sent.'),
});

export const actionPage = z.object({
  stream: z.string(),
  actions: listOf(actionStatus),
  cursor: z.string().exactOptional().describe('Where the next page begins, if there may be one.'),
});

export type ActionStatus = z.output<typeof actionStatus>;
