/** What the sender of messages to an inbound is answered. */
import * as z from 'zod';
import { commandAnswer } from '../operator-shapes/command-answer.ts';
import { listOf } from '../values/shape-words.ts';

const key = z.string().describe('By which the message is recognised when it comes again.');

const handledMessage = z.object({
  outcome: z.literal('handled'),
  key,
  commands: listOf(commandAnswer),
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

export type HandledMessage = z.output<typeof handledMessage> | z.output<typeof ignoredMessage>;
export type MessageOutcome = z.output<typeof messageOutcome>;
