/** What the sender of messages to an inbound is answered. */
import * as z from 'zod';
import { count, listOf } from '../values/shape-words.ts';

const inboundCommand = z.object({
  command: z.string(),
  stream: z.string(),
  outcome: z.enum(['accepted', 'rejected', 'subject-forgotten']),
  version: count.exactOptional().describe("The stream's version after the command."),
  reason: z.string().exactOptional().describe("The domain's own code for its no."),
  replayed: z
    .literal(true)
    .exactOptional()
    .describe('The message came before: this is the recorded outcome, nothing happened now.'),
});

const key = z.string().describe('By which the message is recognised when it comes again.');

const handledMessage = z.object({
  outcome: z.literal('handled'),
  key,
  commands: listOf(inboundCommand),
});

const ignoredMessage = z.object({ outcome: z.literal('ignored'), key, reason: z.string() });

const parkedMessage = z.object({
  outcome: z.literal('parked'),
  deadLetter: z.string().describe('It waits for an operator, and need not be sent again.'),
});

const messageOutcome = z.discriminatedUnion('outcome', [
  handledMessage,
  ignoredMessage,
  parkedMessage,
]);

export const inboundAnswer = z.object({
  messages: listOf(messageOutcome).describe('In the order of the request.'),
});

export type InboundCommand = z.output<typeof inboundCommand>;
export type HandledMessage = z.output<typeof handledMessage> | z.output<typeof ignoredMessage>;
export type MessageOutcome = z.output<typeof messageOutcome>;
