/**
 * Delivers events to sagas, sends their commands to the targets, and returns the outcomes to the saga. Everything can
 * be repeated: the saga ignores known events, and the targets know the keys.
 */

import { MACHINERY_KEY_PREFIX } from '../../core/aggregate/command.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { Outcome } from '../../core/aggregate/outcome.ts';
import { type StreamAddress, streamName } from '../../core/aggregate/stream.ts';
import type { EffectAttempt, Reaction } from '../../core/process/reactor.ts';
import { reactionsTo } from '../../core/process/saga.ts';
import { toProblem } from '../../core/protocol/problem.ts';
import { type PreparedCommand, prepareCommand } from '../commands/prepare-command.ts';
import { sendCommands } from '../commands/send-commands.ts';
import { answerOf, type EffectAnswer, type SagaCommand } from './effect-answer.ts';
import { commandFailure, DefiniteFailure } from './outcome-class.ts';
import { causedBy, type ReactionContext, reactingTo } from './reaction-command.ts';

/** The maximum number of steps that follow at once. Later ones come through the queue. */
const ROUNDS_MAX = 10;

/**
 * @throws DefiniteFailure when the saga refuses the event
 * @throws Error when the saga did not answer, or its code throws
 */
export async function reportToSaga(
  sending: ReactionContext,
  event: StoredEvent,
  { aggregate, id, command: name, data }: Reaction,
  actor: string,
): Promise<void> {
  const address = { tenant: event.tenant, aggregate, id };
  const command = { name, data, fingerprint: name, actor, ...reactingTo(event) };
  const recorded = await sendToSaga(sending, address, [command]);
  for (const { type, stream, version } of recorded.filter(({ type }) => type === 'StartIgnored')) {
    const { tenant, stream: source } = event;
    const operation = 'saga-start-after-end';
    sending.machinery.platform.log('warn', { operation, tenant, stream, version, type, source });
  }
  await followAtOnce(sending, recorded);
}

/** @throws Error when the outcome of a command is unknown, so that it is sent again */
export async function dispatchEffects(
  sending: ReactionContext,
  event: StoredEvent,
  reactions: readonly Reaction[],
): Promise<void> {
  const wanted = reactions.filter(isEffect);
  if (wanted.length === 0) return;
  const open = await stillOpen(sending, event.tenant, wanted);
  await followAtOnce(sending, await sendAndSettle(sending, event, open));
}

function isEffect(reaction: Reaction): reaction is SagaCommand {
  return reaction.effectAttempt !== undefined;
}

/**
 * The effects that are not settled yet, by the saga or by an operator. Asks the saga instead of reading its state,
 * which may be large, so that only this answer is sent over RPC.
 */
async function stillOpen(
  { machinery: { platform }, env }: ReactionContext,
  tenant: string,
  wanted: readonly SagaCommand[],
): Promise<SagaCommand[]> {
  const [first] = wanted;
  if (!first) return [];
  const { saga: aggregate, id } = first.effectAttempt;
  const attempts = wanted.map(({ effectAttempt: { effect, attempt } }) => ({ effect, attempt }));
  const actor = `${MACHINERY_KEY_PREFIX}saga/${aggregate}`;
  const ask = { name: 'AskOpen', data: { attempts }, fingerprint: 'AskOpen', actor };
  const address = { tenant, aggregate, id };
  const [outcome] = await sendCommands(env, platform.log, address, [ask], true);
  if (outcome?.outcome !== 'rejected') {
    throw new Error(`${streamName(address)} does not say what is open: ${whyNot(outcome)}`);
  }
  // The details that `AskOpen` rejects with.
  const { open } = outcome.details as unknown as {
    open: Pick<EffectAttempt, 'effect' | 'attempt'>[];
  };
  const names = new Set(open.map(({ effect, attempt }) => `${attempt}/${effect}`));
  return wanted.filter(({ effectAttempt: { effect, attempt } }) =>
    names.has(`${attempt}/${effect}`),
  );
}

function whyNot(outcome: Outcome | undefined): string {
  if (outcome === undefined || outcome.outcome === 'accepted') return 'no answer.';
  return toProblem(outcome).detail;
}

/**
 * Handles the events that a saga has just recorded without waiting for the queue. An optimization: the queue has the
 * same events, so that failures here are retried there.
 */
async function followAtOnce(
  sending: ReactionContext,
  recorded: readonly StoredEvent[],
): Promise<void> {
  let events = recorded;
  for (let round = 0; round < ROUNDS_MAX && events.length > 0; round++) {
    const next: StoredEvent[] = [];
    for (const event of events) {
      try {
        next.push(...(await sendAndSettle(sending, event, reactionsTo(event).filter(isEffect))));
      } catch (error) {
        const { tenant, stream } = event;
        sending.machinery.platform.log('warn', { operation: 'follow-saga', tenant, stream, error });
        return;
      }
    }
    events = next;
  }
}

/** Sends the commands of a saga's event and records their outcomes; returns the events that record them. */
async function sendAndSettle(
  sending: ReactionContext,
  event: StoredEvent,
  effects: readonly SagaCommand[],
): Promise<StoredEvent[]> {
  const [first] = effects;
  if (!first) return [];
  const byTarget = Map.groupBy(effects, (effect) => streamName(effect));
  const answered = await Promise.all(
    [...byTarget.values()].map((own) => sendToTarget(sending, event, own)),
  );
  const answers = answered.flat();
  const { saga: aggregate, id } = first.effectAttempt;
  const actor = `${MACHINERY_KEY_PREFIX}saga/${aggregate}`;
  const settling = answers.flatMap(({ effect: { effectAttempt }, settles }) => {
    if (!settles) return [];
    const { effect, attempt } = effectAttempt;
    const data = { effect, attempt, ...settles };
    return [{ name: 'Settle', data, fingerprint: 'Settle', actor, ...causedBy(event) }];
  });
  const settled = await sendToSaga(sending, { tenant: event.tenant, aggregate, id }, settling);
  const [waiting] = answers.filter(({ repeats }) => repeats !== undefined);
  if (waiting) {
    const { saga, id: name, effect, attempt } = waiting.effect.effectAttempt;
    const others = answers.filter(({ repeats }) => repeats !== undefined).length - 1;
    const more = others > 0 ? ` ${others} more wait.` : '';
    throw new Error(
      `${saga}/${name} waits for ${effect}, attempt ${attempt}: ${waiting.repeats}${more}`,
    );
  }
  return settled;
}

/** In the order of the effects. */
async function sendToTarget(
  { machinery: { app, platform }, env }: ReactionContext,
  event: StoredEvent,
  effects: readonly SagaCommand[],
): Promise<EffectAnswer[]> {
  const prepared = effects.map((effect) => {
    const { saga, id, effect: name, attempt } = effect.effectAttempt;
    const actor = `${MACHINERY_KEY_PREFIX}saga/${saga}`;
    const idempotencyKey = `${actor}/${id}/${name}/${attempt}`;
    const wanted = { ...effect, options: { idempotencyKey } };
    return prepareCommand(app, { tenant: event.tenant, actor }, wanted);
  });
  const sent = prepared.filter((one): one is PreparedCommand => 'command' in one);
  const [first] = sent;
  const commands = sent.map(({ command }) => ({ ...command, ...causedBy(event) }));
  const outcomes = first ? await sendCommands(env, platform.log, first.address, commands) : [];
  const ageMs = platform.nowMs() - Date.parse(event.recordedAt);
  return effects.map((effect, index) => {
    const one = prepared[index];
    const outcome = one && 'command' in one ? outcomes[sent.indexOf(one)] : one;
    return answerOf(effect, outcome ?? { outcome: 'failed' }, ageMs);
  });
}

/**
 * @throws DefiniteFailure when the saga refuses one of the commands
 * @throws Error when it did not answer, or its code throws
 */
async function sendToSaga(
  { machinery: { platform }, env }: ReactionContext,
  address: StreamAddress,
  commands: readonly Parameters<typeof sendCommands>[3][number][],
): Promise<StoredEvent[]> {
  if (commands.length === 0) return [];
  const outcomes = await sendCommands(env, platform.log, address, commands, true);
  return outcomes.flatMap((outcome, index) => {
    if (outcome.outcome === 'accepted') return outcome.events;
    throw refusalOf(commands[index]?.name ?? '', address.aggregate, outcome);
  });
}

/** A saga's rejection of an event is final: no further attempt makes it receive the event. */
function refusalOf(command: string, saga: string, outcome: Outcome): Error {
  if (outcome.outcome !== 'rejected') return commandFailure(command, saga, outcome);
  return new DefiniteFailure(`${command} of ${saga} is rejected: ${toProblem(outcome).detail}`);
}
