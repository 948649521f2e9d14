/** Sends the commands of reactors, with an idempotency key made from the event, so that each is executed once. */

import { MACHINERY_KEY_PREFIX } from '../../core/aggregate/command.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { findSaga } from '../../core/app.ts';
import type { ReactorCall } from '../../core/plan/plan-stream.ts';
import type { Reaction } from '../../core/process/reactor.ts';
import { addressOf } from '../commands/prepare-command.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { dispatchEffects, reportToSaga } from './dispatch-saga.ts';
import { commandFailure } from './outcome-class.ts';
import type { ReactionContext } from './reaction-command.ts';
import { sendReaction } from './send-reaction.ts';

/**
 * @throws DefiniteFailure for a command that no further attempt can execute; any other error if it could not be sent. A
 * rejection is an outcome.
 */
export type DispatchReactions = (call: ReactorCall) => Promise<void>;

export function reactionDispatcher(machinery: Machinery, env: LedgeEnv): DispatchReactions {
  const sending = { machinery, env };
  const { inSpan } = machinery.platform;
  return (call) => {
    const attributes = () => ({
      ...{ reactor: reactorOf(call), stream: call.event.stream },
      correlations: [call.event.metadata.correlationId],
    });
    return inSpan('ledge.react', attributes, () => dispatch(sending, call));
  };
}

function reactorOf({ generation }: ReactorCall): string {
  return generation.split('@')[0] ?? '';
}

async function dispatch(sending: ReactionContext, call: ReactorCall): Promise<void> {
  const { event, reactions } = call;
  const { app } = sending.machinery;
  const actor = `${MACHINERY_KEY_PREFIX}reactor/${reactorOf(call)}`;
  await dispatchEffects(sending, event, reactions);
  for (const [index, reaction] of reactions.entries()) {
    const key = `${actor}/${event.stream}@${event.version}/${index}`;
    if (reaction.effectAttempt) continue;
    if (findSaga(app, reaction.aggregate)) await sendRoutedEvent(sending, event, reaction, actor);
    else await sendReaction(sending, event, reaction, { actor, idempotencyKey: key });
  }
}

/** Checks ids first: an object with an invalid name would fail forever, and look like one that does not answer. */
async function sendRoutedEvent(
  sending: ReactionContext,
  event: StoredEvent,
  reaction: Reaction,
  actor: string,
): Promise<void> {
  const { app } = sending.machinery;
  const address = addressOf(app, { tenant: event.tenant, actor }, reaction);
  if ('outcome' in address) throw commandFailure(reaction.command, reaction.aggregate, address);
  await reportToSaga(sending, event, reaction, actor);
}
