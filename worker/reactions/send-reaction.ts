/** Sends a command that follows from an event, under a key made from the event. */
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { errorText } from '../../core/failures/error-text.ts';
import type { Reaction } from '../../core/process/reactor.ts';
import type { ReactionOrigin, SentReaction } from '../../durable-objects/index.ts';
import { prepareCommand } from '../commands/prepare-command.ts';
import { sendCommands } from '../commands/send-commands.ts';
import { commandFailure, DefiniteFailure, outcomeClass } from './outcome-class.ts';
import { type ReactionContext, reactingTo } from './reaction-command.ts';

/**
 * @throws DefiniteFailure for a command that no further attempt can execute; any other error if it could not be sent. A
 * rejection is an outcome.
 */
export async function sendReaction(
  { machinery: { app, platform }, env }: ReactionContext,
  event: StoredEvent,
  reaction: Reaction,
  { actor, idempotencyKey }: ReactionOrigin,
): Promise<void> {
  const { aggregate, command: name } = reaction;
  const caller = { tenant: event.tenant, actor };
  const prepared = prepareCommand(app, caller, { ...reaction, options: { idempotencyKey } });
  if ('outcome' in prepared) throw commandFailure(name, aggregate, prepared);
  const command = { ...prepared.command, ...reactingTo(event) };
  const [outcome] = await sendCommands(env, platform.log, prepared.address, [command]);
  if (!outcome || outcomeClass(outcome) !== 'answered')
    throw commandFailure(name, aggregate, outcome);
}

/** The same for an object, which knows no errors of the Worker. */
export async function sentReaction(
  context: ReactionContext,
  event: StoredEvent,
  reaction: Reaction,
  origin: ReactionOrigin,
): Promise<SentReaction> {
  try {
    await sendReaction(context, event, reaction, origin);
    return { state: 'answered' };
  } catch (error) {
    const state = error instanceof DefiniteFailure ? 'refused' : 'unsent';
    return { state, cause: errorText(error) };
  }
}
