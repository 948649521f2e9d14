/**
 * Maps a message of an inbound and sends its commands, one after another, under keys made of the message's key and their
 * order: a message that comes again, or is redriven, changes what it has not changed yet.
 */
import { type Inbound, isIgnored } from '../../core/inbound/inbound.ts';
import type { HandledMessage } from '../../core/inbound/inbound-answer.ts';
import { deepFrozen } from '../../core/values/frozen.ts';
import { digest } from '../../durable-objects/digest.ts';
import type { Read } from '../http/read-json.ts';
import { type KeyedSender, sendKeyed } from '../reactions/send-keyed.ts';

/** Ours: more is a batch, which the sender can split. */
export const MESSAGE_COMMANDS_MAX = 100;

/** In the dead letter and in the keys, which are kept as long as the stream: the text of the sender may be about a person. */
export function messageDigest(key: string): string {
  return digest(key);
}

/**
 * A failure: the message has to be sent again, and does then what it has not done yet. `message`: read by the inbound's
 * schema.
 *
 * @throws what the mapping throws; DefiniteFailure for a command that no attempt can execute
 */
export async function handleMessage(
  by: KeyedSender,
  inbound: Inbound,
  message: unknown,
): Promise<Read<HandledMessage>> {
  const frozen = deepFrozen(message);
  const key = inbound.key(frozen);
  const mapped = inbound.map(frozen);
  if (isIgnored(mapped)) return { value: { outcome: 'ignored', key, reason: mapped.reason } };
  if (mapped.length > MESSAGE_COMMANDS_MAX) {
    throw new RangeError(
      `${inbound.name} mapped a message to ${mapped.length} commands; the limit is ${MESSAGE_COMMANDS_MAX}.`,
    );
  }
  const sent = await sendKeyed(by, mapped, `inbound/${inbound.name}/${messageDigest(key)}`);
  return 'outcome' in sent ? sent : { value: { outcome: 'handled', key, commands: sent.value } };
}
