/**
 * Carries events to sagas and their commands to the targets, and tells the saga what became of them. Called for the
 * reactors of sagas. Everything can be repeated: the saga drops what it knows, the targets know the keys.
 */
import { MACHINERY_KEY_PREFIX } from '../../core/command.ts';
import type { StoredEvent } from '../../core/event.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Reaction, WantedBy } from '../../core/reactor.ts';
import { reactionsTo } from '../../core/saga.ts';
import type { SagaInstance } from '../../core/saga-instance.ts';
import { type StreamAddress, streamName } from '../../core/stream.ts';
import { type PreparedCommand, prepareCommand } from '../commands/prepare-command.ts';
import { sendCommands } from '../commands/send-commands.ts';
import { aggregateStub } from '../env.ts';
import { commandFailure } from './definite-failure.ts';
import { causedBy, reactingTo, type Sending } from './sending.ts';

/** How far a saga is followed at once. What it wants beyond that comes through the queue. */
const ROUNDS_MAX = 10;

type Effect = Reaction & { readonly wantedBy: WantedBy };

/** @throws Error when the saga did not take the event */
export async function tellSaga(
  sending: Sending,
  event: StoredEvent,
  { aggregate, id, command: name, data }: Reaction,
  actor: string,
): Promise<void> {
  const address = { tenant: event.tenant, aggregate, id };
  const command = { name, data, fingerprint: name, actor, ...reactingTo(event) };
  const told = await tell(sending, address, [command]);
  await followAtOnce(sending, told);
}

/** @throws Error when the outcome of a command is not known, so that it is sent again */
export async function dispatchEffects(
  sending: Sending,
  event: StoredEvent,
  reactions: readonly Reaction[],
): Promise<void> {
  const wanted = reactions.filter(isEffect);
  if (wanted.length === 0) return;
  const open = await stillOpen(sending, event.tenant, wanted);
  await followAtOnce(sending, await sendAndSettle(sending, event, open));
}

function isEffect(reaction: Reaction): reaction is Effect {
  return reaction.wantedBy !== undefined;
}

/** What was settled since, at once or by an operator, is not sent. */
async function stillOpen(
  { env }: Sending,
  tenant: string,
  wanted: readonly Effect[],
): Promise<Effect[]> {
  const [first] = wanted;
  if (!first) return [];
  const { saga: aggregate, id } = first.wantedBy;
  const { state } = await aggregateStub(env, { tenant, aggregate, id }).currentState();
  // The state of a saga's stream.
  const { open } = state as SagaInstance;
  return wanted.filter(({ wantedBy: { effect, attempt } }) => {
    const known = Object.hasOwn(open, effect) ? open[effect] : undefined;
    return known?.attempt === attempt && known.awaits === 'outcome';
  });
}

/**
 * Follows a saga from what it has just recorded, which saves the way through the queue. Nothing depends on it: the
 * queue has the same events, so what fails here is tried again there.
 */
async function followAtOnce(sending: Sending, told: readonly StoredEvent[]): Promise<void> {
  let events = told;
  for (let round = 0; round < ROUNDS_MAX && events.length > 0; round++) {
    const next: StoredEvent[] = [];
    for (const event of events) {
      try {
        next.push(...(await sendAndSettle(sending, event, reactionsTo(event).filter(isEffect))));
      } catch (error) {
        const { tenant, stream } = event;
        const line = { operation: 'follow-saga', tenant, stream, error: String(error) };
        sending.machinery.platform.log('warn', line);
        return;
      }
    }
    events = next;
  }
}

interface Definite {
  readonly wantedBy: WantedBy;
  readonly outcome: 'accepted' | 'rejected';
  readonly reason: string | null;
}

/** Sends what an event of a saga wants and tells the saga what became of it; answers what it recorded of that. */
async function sendAndSettle(
  sending: Sending,
  event: StoredEvent,
  effects: readonly Effect[],
): Promise<StoredEvent[]> {
  const [first] = effects;
  if (!first) return [];
  const byTarget = Map.groupBy(effects, (effect) => streamName(effect));
  const answers = await Promise.all(
    [...byTarget.values()].map((own) => sendToTarget(sending, event, own)),
  );
  const definite = answers.flat().filter((answer): answer is Definite => answer !== undefined);
  const { saga: aggregate, id } = first.wantedBy;
  const actor = `${MACHINERY_KEY_PREFIX}saga/${aggregate}`;
  const settling = definite.map(({ wantedBy: { effect, attempt }, outcome, reason }) => ({
    name: 'Settle',
    data: { effect, attempt, outcome, reason },
    fingerprint: 'Settle',
    actor,
    ...causedBy(event),
  }));
  const settled = await tell(sending, { tenant: event.tenant, aggregate, id }, settling);
  if (definite.length < effects.length) {
    const unknown = effects.filter(({ wantedBy }) =>
      definite.every((answer) => answer.wantedBy !== wantedBy),
    );
    throw new Error(`No outcome yet of ${unknown.map(({ command }) => command).join(', ')}.`);
  }
  return settled;
}

/** In the order in which they are wanted. Undefined where the outcome is not known. */
async function sendToTarget(
  { machinery: { app, platform }, env }: Sending,
  event: StoredEvent,
  effects: readonly Effect[],
): Promise<(Definite | undefined)[]> {
  const prepared = effects.map((effect) => {
    const { saga, id, effect: name, attempt } = effect.wantedBy;
    const actor = `${MACHINERY_KEY_PREFIX}saga/${saga}`;
    const idempotencyKey = `${actor}/${id}/${name}/${attempt}`;
    const wanted = { ...effect, options: { idempotencyKey } };
    return prepareCommand(app, { tenant: event.tenant, actor }, wanted);
  });
  const sent = prepared.filter((one): one is PreparedCommand => 'command' in one);
  const [first] = sent;
  const commands = sent.map(({ command }) => ({ ...command, ...causedBy(event) }));
  const outcomes = first ? await sendCommands(env, platform.log, first.address, commands) : [];
  return effects.map(({ wantedBy }, index) => {
    const one = prepared[index];
    const outcome = one && 'command' in one ? outcomes[sent.indexOf(one)] : one;
    return outcome && definiteOf(wantedBy, outcome);
  });
}

function definiteOf(wantedBy: WantedBy, outcome: Outcome): Definite | undefined {
  switch (outcome.outcome) {
    case 'accepted':
      return { wantedBy, outcome: 'accepted', reason: null };
    case 'rejected':
      return { wantedBy, outcome: 'rejected', reason: outcome.reason };
    case 'unavailable':
    case 'failed':
      return undefined;
    default:
      return { wantedBy, outcome: 'rejected', reason: outcome.outcome };
  }
}

/** @throws Error when the saga did not take one of them */
async function tell(
  { machinery: { platform }, env }: Sending,
  address: StreamAddress,
  commands: readonly Parameters<typeof sendCommands>[3][number][],
): Promise<StoredEvent[]> {
  if (commands.length === 0) return [];
  const outcomes = await sendCommands(env, platform.log, address, commands, true);
  return outcomes.flatMap((outcome, index) => {
    if (outcome.outcome === 'accepted') return outcome.events;
    throw commandFailure(commands[index]?.name ?? '', address.aggregate, outcome);
  });
}
