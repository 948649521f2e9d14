/**
 * The test kit of sagas: a story of events, outcomes, time and operators in memory, with the same aggregate and
 * timers as in production.
 */

import { type Aggregate, evolve } from '../aggregate/aggregate.ts';
import {
  type AcceptedCommand,
  decideCommand,
  type RejectedCommand,
} from '../aggregate/decide-command.ts';
import { later } from '../aggregate/decision.ts';
import { streamName } from '../aggregate/stream.ts';
import { timerCommand } from '../aggregate/timer-command.ts';
import { changeTimers, dueTimer, isByTimer, type StoredTimer } from '../aggregate/timers.ts';
import type { Reaction } from '../process/reactor.ts';
import { reactionsTo, type Saga } from '../process/saga.ts';
import type { SagaStatus } from '../process/saga-events.ts';
import type { SagaInstance } from '../process/saga-instance.ts';
import { toProblem } from '../protocol/problem.ts';
import { getEntry } from '../values/persistent-map.ts';
import { parseTime, utcText } from '../values/time.ts';
import { expectSame } from './expect-same.ts';
import { MemoryTimers } from './memory-timers.ts';
import { type StoredFact, TEST_MOMENT } from './past-event.ts';
import { type ReceivedEvent, recordedAs } from './received-event.ts';

type Operation = 'RetryEffect' | 'SkipEffect' | 'ResolveEffect' | 'Cancel';

/** A saga in progress: every `when` continues from the one before. */
export interface SagaStory {
  whenEvent<Source extends Aggregate>(event: ReceivedEvent<Source>): SagaStory;
  /** A command's outcome; rejected when a reason is given. Its newest attempt, unless another is named. */
  whenSettled(effect: string, reason?: string, attempt?: number): SagaStory;
  /** Time passes, and the timers that are due by then fire in order. */
  whenTimePasses(milliseconds: number): SagaStory;
  whenOperator(
    operation: Operation,
    data: { readonly reason: string; readonly effect?: string },
  ): SagaStory;
  /** Exactly these commands, by effect id, since the last `when`. */
  thenSends(commands: Readonly<Record<string, Reaction>>): SagaStory;
  thenSends(): SagaStory;
  /** The number of events that the last `when` recorded. */
  thenRecords(events: number): SagaStory;
  thenStatus(status: SagaStatus, reason?: string | null): SagaStory;
  /** The last operation was refused. */
  thenRefused(reason: string): SagaStory;
  /** The timeouts and retries that are scheduled. */
  thenTimers(...timers: readonly string[]): SagaStory;
  readonly instance: SagaInstance;
}

/**
 * Begins a test of a saga: the events it receives, the commands it sends, its phase. Events and states are frozen.
 *
 * @example givenSaga(welcome)
 *   .whenEvent({ aggregate: account, id: 'a-1', type: 'Opened', data: { owner: 'ann' } })
 *   .whenTimePasses(86_400_000)
 *   .thenStatus('failed', 'never used');
 */
export function givenSaga(saga: Saga, id = `${saga.name}-1`): SagaStory {
  const instance = saga.aggregate.initialState();
  return story({ saga, id, instance, now: TEST_MOMENT, heads: {}, timers: [], recorded: [] });
}

interface StoryState {
  readonly saga: Saga;
  readonly id: string;
  readonly instance: SagaInstance;
  readonly now: string;
  /** The newest version of each source stream. */
  readonly heads: Readonly<Record<string, number>>;
  readonly timers: readonly StoredTimer[];
  /** The events of the last `when`. */
  readonly recorded: readonly StoredFact[];
  readonly refused?: string;
}

function story(soFar: StoryState): SagaStory {
  const { instance, recorded } = soFar;
  const sent = () => Object.fromEntries(recorded.flatMap((fact) => sendsOf(soFar, fact)));
  const checked = (what: string, expected: unknown, actual: unknown) => {
    expectSame(`${what} of ${soFar.saga.name}`, expected, actual);
    return story(soFar);
  };
  return {
    instance,
    whenEvent: (event) => story(received(soFar, event)),
    whenSettled: (effect, reason, attempt = getEntry(instance.open, effect)?.attempt ?? 1) => {
      const outcome = reason === undefined ? 'accepted' : 'rejected';
      const data = { effect, attempt, outcome, reason: reason ?? null };
      return story(afterCommand(soFar, 'Settle', data));
    },
    whenTimePasses: (milliseconds) => story(afterTime(soFar, later(soFar.now, milliseconds))),
    whenOperator: (operation, data) => story(afterCommand(soFar, operation, data)),
    thenSends: (commands = {}) => checked('Commands', commands, sent()),
    thenRecords: (events) => checked('Number of events', events, recorded.length),
    thenStatus: (status, reason = instance.reason) =>
      checked('Status', { status, reason }, { status: instance.status, reason: instance.reason }),
    thenRefused: (reason) => checked('Refusal', reason, soFar.refused ?? 'none'),
    thenTimers: (...timers) =>
      checked('Timers', timers.toSorted(), soFar.timers.map((timer) => timer.id).toSorted()),
  };
}

function sendsOf({ saga, id }: StoryState, { data }: StoredFact): [string, Reaction][] {
  const stream = streamName({ aggregate: saga.name, id });
  return reactionsTo({ stream, data }).map(({ effectAttempt, ...reaction }) => [
    effectAttempt?.effect ?? '',
    reaction,
  ]);
}

function received<Source extends Aggregate>(
  soFar: StoryState,
  event: ReceivedEvent<Source>,
): StoryState {
  const { aggregate, id } = event;
  const stream = streamName({ aggregate: aggregate.name, id });
  const head = soFar.heads[stream] ?? 0;
  const version = event.version ?? head + 1;
  const recorded = recordedAs({ ...event, version }, soFar.now);
  const [routing] = soFar.saga.reactors;
  const forThis = (routing?.react(recorded) ?? []).filter((reaction) => reaction.id === soFar.id);
  const heads = { ...soFar.heads, [stream]: Math.max(head, version) };
  const unconcerned = { ...soFar, heads, recorded: [] };
  return forThis.length === 0
    ? unconcerned
    : afterCommand(unconcerned, 'Receive', { event: recorded });
}

/** Fires one timer after another, the earliest first, as the object does; each may set and cancel others. */
function afterTime(soFar: StoryState, until: string): StoryState {
  let current: StoryState = { ...soFar, recorded: [] };
  for (;;) {
    const timers = new MemoryTimers(current.timers);
    const due = dueTimer(timers, timeOf(until));
    if (!due) return { ...current, now: until };
    timers.remove(due.id);
    const command = timerCommand(soFar.saga.aggregate.commands, due);
    if ('outcome' in command) throw new Error(`The timer ${due.id} is parked: ${command.outcome}.`);
    const now = utcText(Math.max(due.dueMs, timeOf(current.now)));
    const { name, data, actor } = command;
    const fired = afterCommand({ ...current, timers: [...timers], now }, name, data, actor);
    current = { ...fired, recorded: [...current.recorded, ...fired.recorded] };
  }
}

function timeOf(text: string): number {
  const timeMs = parseTime(text);
  if (timeMs === undefined) throw new Error(`${text} is no time.`);
  return timeMs;
}

function afterCommand(
  soFar: StoryState,
  name: string,
  data: unknown,
  actor = 'tester',
): StoryState {
  const decision = decide(soFar, name, data, actor);
  const { refused: _refused, ...before } = soFar;
  if (decision.decision === 'rejected') {
    return { ...before, recorded: [], refused: decision.reason };
  }
  const { saga } = soFar;
  const recorded = decision.events;
  const instance = recorded.reduce<unknown>(
    (state, fact) => evolve(saga.aggregate, state, fact),
    soFar.instance,
  );
  const timers = new MemoryTimers(soFar.timers);
  const origin = { causationId: name, correlationId: name, scheduleId: name };
  const setting = { nowMs: timeOf(soFar.now), isByTimer: isByTimer({ actor }), origin };
  for (const timer of decision.timers) changeTimers(timers, timer, setting);
  // The fold of a saga's events is a saga instance.
  return { ...before, instance: instance as SagaInstance, timers: [...timers], recorded };
}

function decide(
  { saga, id, instance, now }: StoryState,
  name: string,
  data: unknown,
  actor: string,
): AcceptedCommand | RejectedCommand {
  const decision = decideCommand(
    saga.aggregate,
    instance,
    { name, data },
    {
      tenant: 'main',
      id,
      version: 0,
      actor,
      now,
      occurredAt: now,
      newId: () => '00000000-0000-7000-8000-000000000000',
    },
  );
  if ('outcome' in decision) throw new Error(`${name}: ${toProblem(decision).detail}`);
  return decision;
}
