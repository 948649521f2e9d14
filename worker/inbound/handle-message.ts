/**
 * Maps a message of an inbound and sends its commands, one after another, under keys made of the message's key and their
 * order: a message that comes again, or is redriven, changes what it has not changed yet.
 */
import { type Command, MACHINERY_KEY_PREFIX } from '../../core/aggregate/command.ts';
import type { Failure, Outcome } from '../../core/aggregate/outcome.ts';
import { type StreamAddress, streamName } from '../../core/aggregate/stream.ts';
import { type Inbound, isIgnored } from '../../core/inbound/inbound.ts';
import type { HandledMessage, InboundCommand } from '../../core/inbound/inbound-answer.ts';
import type { Reaction } from '../../core/process/reactor.ts';
import { deepFrozen } from '../../core/values/frozen.ts';
import { digest } from '../../durable-objects/digest.ts';
import { draftCommand, type PreparedCommand } from '../commands/prepare-command.ts';
import { sealedCommand } from '../commands/seal-command.ts';
import type { Caller } from '../http/authenticate-caller.ts';
import type { Read } from '../http/read-json.ts';
import { commandFailure, DefiniteFailure } from '../reactions/outcome-class.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';

/** Ours: more is a batch, which the sender can split. */
export const MESSAGE_COMMANDS_MAX = 100;

export interface MessageContext {
  readonly machinery: Machinery;
  readonly env: LedgeEnv;
  /** The actor of the commands, and their tenant. */
  readonly sender: Caller;
  readonly traceparent?: string | undefined;
  readonly send: (address: StreamAddress, command: Command) => Promise<Outcome>;
}

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
  context: MessageContext,
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
  const keys = `${MACHINERY_KEY_PREFIX}inbound/${inbound.name}/${messageDigest(key)}`;
  const commands: InboundCommand[] = [];
  for (const [index, reaction] of mapped.entries()) {
    const sent = await sendReaction(context, reaction, `${keys}/${index}`);
    if ('outcome' in sent) return sent;
    commands.push(sent.value);
  }
  return { value: { outcome: 'handled', key, commands } };
}

async function sendReaction(
  context: MessageContext,
  reaction: Reaction,
  idempotencyKey: string,
): Promise<Read<InboundCommand>> {
  const { aggregate, id } = reaction;
  const prepared = await preparedReaction(context, reaction, idempotencyKey);
  if ('outcome' in prepared) return answerOf(reaction, streamName({ aggregate, id }), prepared);
  const { address, command } = prepared;
  // The runtime's own keys name the message alone: what it has done stays, whatever a later mapping makes of it.
  return answerOf(reaction, streamName(address), await context.send(address, command));
}

async function preparedReaction(
  { machinery, env, sender, traceparent }: MessageContext,
  { aggregate, id, command, data }: Reaction,
  idempotencyKey: string,
): Promise<PreparedCommand | Failure> {
  const { app, platform } = machinery;
  const wanted = { aggregate, id, command, data, options: { idempotencyKey }, traceparent };
  const drafted = draftCommand(app, sender, wanted, platform.newId);
  return 'outcome' in drafted ? drafted : sealedCommand({ env, machinery }, drafted);
}

/** What the sender can do nothing about, and another attempt neither. */
function answerOf(
  { command, aggregate }: Reaction,
  stream: string,
  outcome: Outcome,
): Read<InboundCommand> {
  switch (outcome.outcome) {
    case 'accepted': {
      const { version, replayed } = outcome;
      const again = replayed && { replayed };
      return { value: { command, stream, outcome: 'accepted', version, ...again } };
    }
    case 'rejected': {
      const { version, reason, replayed } = outcome;
      const again = replayed && { replayed };
      return { value: { command, stream, outcome: 'rejected', version, reason, ...again } };
    }
    // A dead letter would keep what is to be forgotten.
    case 'subject-forgotten':
      return { value: { command, stream, outcome: 'subject-forgotten' } };
    case 'unavailable':
    case 'too-many-requests':
    case 'suspended':
    case 'unauthorized':
      return outcome;
    default:
      throw new DefiniteFailure(commandFailure(command, aggregate, outcome).message);
  }
}
