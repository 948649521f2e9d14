/**
 * Sends the commands that follow from something which may come again: one after another, under keys made of its own key and
 * their order. What was executed before is answered as it was recorded.
 */
import { type Command, MACHINERY_KEY_PREFIX } from '../../core/aggregate/command.ts';
import type { Failure, Outcome } from '../../core/aggregate/outcome.ts';
import { type StreamAddress, streamName } from '../../core/aggregate/stream.ts';
import type { CommandAnswer } from '../../core/operator-shapes/command-answer.ts';
import type { Reaction } from '../../core/process/reactor.ts';
import { draftCommand, type PreparedCommand } from '../commands/prepare-command.ts';
import { sealedCommand } from '../commands/seal-command.ts';
import type { Caller } from '../http/authenticate-caller.ts';
import type { Read } from '../http/read-json.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { commandFailure, DefiniteFailure } from './outcome-class.ts';

export interface KeyedSender {
  readonly machinery: Machinery;
  readonly env: LedgeEnv;
  /** The actor of the commands, and their tenant. */
  readonly sender: Caller;
  readonly traceparent?: string | undefined;
  readonly send: (address: StreamAddress, command: Command) => Promise<Outcome>;
}

/**
 * A failure: all have to be sent again, and then do what they have not done yet. `key`: of the machinery, without its prefix.
 *
 * @throws DefiniteFailure for a command that no attempt can execute
 */
export async function sendKeyed(
  by: KeyedSender,
  reactions: readonly Reaction[],
  key: string,
): Promise<Read<CommandAnswer[]>> {
  const answers: CommandAnswer[] = [];
  for (const [index, reaction] of reactions.entries()) {
    const sent = await sendOne(by, reaction, `${MACHINERY_KEY_PREFIX}${key}/${index}`);
    if ('outcome' in sent) return sent;
    answers.push(sent.value);
  }
  return { value: answers };
}

async function sendOne(
  by: KeyedSender,
  reaction: Reaction,
  idempotencyKey: string,
): Promise<Read<CommandAnswer>> {
  const { aggregate, id } = reaction;
  const prepared = await preparedReaction(by, reaction, idempotencyKey);
  if ('outcome' in prepared) return answerOf(reaction, streamName({ aggregate, id }), prepared);
  const { address, command } = prepared;
  // The runtime's own keys name their cause alone: what it has done stays, whatever a later version of the code makes of it.
  return answerOf(reaction, streamName(address), await by.send(address, command));
}

async function preparedReaction(
  { machinery, env, sender, traceparent }: KeyedSender,
  { aggregate, id, command, data }: Reaction,
  idempotencyKey: string,
): Promise<PreparedCommand | Failure> {
  const { app, platform } = machinery;
  const wanted = { aggregate, id, command, data, options: { idempotencyKey }, traceparent };
  const drafted = draftCommand(app, sender, wanted, platform.newId);
  return 'outcome' in drafted ? drafted : sealedCommand({ env, machinery }, drafted);
}

/** What its cause can do nothing about, and another attempt neither. */
function answerOf(
  { command, aggregate }: Reaction,
  stream: string,
  outcome: Outcome,
): Read<CommandAnswer> {
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
