/**
 * Handles the messages of a request one after another. All are read before the first is handled, so that a request with
 * one that the schema refuses changes nothing.
 */
import type { Inbound } from '../../core/inbound/inbound.ts';
import type { MessageOutcome } from '../../core/inbound/inbound-answer.ts';
import { invalidInput } from '../http/input-errors.ts';
import type { Read } from '../http/read-json.ts';
import type { KeyedSender } from '../reactions/send-keyed.ts';
import { handleMessage } from './handle-message.ts';
import { type MessageStore, parkMessage } from './park-message.ts';
import type { PlacedMessage } from './read-messages.ts';

export type MessageReceipt = KeyedSender & MessageStore;

/** A failure: the request has to be sent again, and does then what it has not done yet. */
export async function receiveMessages(
  receipt: MessageReceipt,
  inbound: Inbound,
  messages: readonly PlacedMessage[],
): Promise<Read<MessageOutcome[]>> {
  const read: { message: unknown; read: unknown }[] = [];
  for (const { message, at } of messages) {
    const input = inbound.input.safeParse(message);
    if (!input.success) return invalidInput(input.error, at);
    read.push({ message, read: input.data });
  }
  const outcomes: MessageOutcome[] = [];
  for (const one of read) {
    const outcome = await receiveMessage(receipt, inbound, one);
    if ('outcome' in outcome) return outcome;
    outcomes.push(outcome.value);
  }
  return { value: outcomes };
}

async function receiveMessage(
  receipt: MessageReceipt,
  inbound: Inbound,
  message: { readonly message: unknown; readonly read: unknown },
): Promise<Read<MessageOutcome>> {
  try {
    return await handleMessage(receipt, inbound, message.read);
  } catch (error) {
    const deadLetter = await parkMessage(receipt, inbound, message, error);
    return { value: { outcome: 'parked', deadLetter } };
  }
}
