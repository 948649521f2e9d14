/**
 * `defineSaga`: a long-running process as an aggregate with two reactors, one that routes events to its instances
 * and one that dispatches their commands.
 */

import type { Aggregate } from '../aggregate/aggregate.ts';
import {
  type EventNamed,
  type RecordedEvent,
  readEvent,
  type StoredEvent,
} from '../aggregate/event.ts';
import { type HandledEvents, handledEvents } from '../aggregate/handled-events.ts';
import { parseStreamName } from '../aggregate/stream.ts';
import { deepFrozen } from '../values/frozen.ts';
import { ownValue } from '../values/own-value.ts';
import type {
  CancelTimeout,
  EffectOutcome,
  EnterPhase,
  NeedAttention,
  SagaReaction,
  Send,
  StartTimeout,
} from './effect.ts';
import { withinHops } from './hops.ts';
import type { Reaction, Reactor } from './reactor.ts';
import { type SagaLogic, sagaAggregate } from './saga-aggregate.ts';
import { type SagaTransition, sagaEvents } from './saga-events.ts';
import { allSent, declaredReactions, type SentCommands } from './sent-commands.ts';

/** A saga, as the runtime handles it. */
export interface Saga<Name extends string = string> {
  readonly name: Name;
  readonly version: number;
  /**
   * The aggregate of its own stream, which records received events, sent commands and their outcomes. Other sagas and
   * projections can read it.
   */
  readonly aggregate: ReturnType<typeof sagaAggregate<Name>>;
  /** The events that it receives. */
  readonly handles: HandledEvents;
  /** Those of them that start it. */
  readonly startedBy: HandledEvents;
  /** What it declares to send; left out: nothing is known. */
  readonly sends?: SentCommands;
  /** The reactors that route events to it and that dispatch its commands. */
  readonly reactors: readonly Reactor[];
  /** The handlers of each version of the definition, newest first. */
  readonly logics: readonly [SagaLogic, ...SagaLogic[]];
}

/** The ids of the instances that receive an event. */
export type SagaRoutes<Sources extends readonly Aggregate[]> = PerEvent<
  Sources,
  [],
  string | readonly string[] | undefined
>;

type EventsFrom<Sources extends readonly Aggregate[], Source> = Extract<
  Sources[number],
  { name: Source }
>['events'];

/** A function for each event of each source; all are optional. */
export type PerEvent<Sources extends readonly Aggregate[], Rest extends unknown[], Result> = {
  readonly [Source in Sources[number]['name']]?: {
    readonly [Type in keyof EventsFrom<Sources, Source> & string]?: (
      event: RecordedEvent<Type, EventNamed<EventsFrom<Sources, Source>, Type>['data']>,
      ...rest: Rest
    ) => Result;
  };
};

/** The same for the events that `correlate` names, which are the only ones that the saga receives. */
export type PerRoutedEvent<
  Sources extends readonly Aggregate[],
  Correlate,
  Rest extends unknown[],
  Result,
> = {
  readonly [Source in Extract<Sources[number]['name'], keyof Correlate>]?: {
    readonly [Type in Extract<
      keyof EventsFrom<Sources, Source>,
      keyof Correlate[Source] & string
    >]?: (
      event: RecordedEvent<Type, EventNamed<EventsFrom<Sources, Source>, Type>['data']>,
      ...rest: Rest
    ) => Result;
  };
};

/** The effects that a handler may return: only timeouts with a handler can be started. */
type AllowedEffect<TimeoutName extends string> =
  | Send
  | StartTimeout<TimeoutName>
  | CancelTimeout<TimeoutName>
  | NeedAttention
  | EnterPhase;

/**
 * Defines a long-running process: the events that it receives, and the commands and timeouts that follow. All types are
 * inferred; a timeout without a handler does not compile. The state has to be plain JSON.
 *
 * A finally rejected command that `settled` does not handle needs an operator's attention. So does a command that
 * cannot be delivered: `settled` is not called for one that is invalid, unknown or too large, nor for a target whose
 * code throws. A collection in the state that grows should be a `PersistentMap`, so that a change copies and stores one
 * entry.
 *
 * @example defineSaga({
 *   name: 'welcome',
 *   version: 1,
 *   from: [account],
 *   initialState: () => ({ reminded: false }),
 *   correlate: { account: { Opened: ({ aggregateId }) => aggregateId, Deposited: ({ aggregateId }) => aggregateId } },
 *   startedBy: { account: { Opened: (_event, state) => proceed(state, startTimeout('idle', 86_400_000)) } },
 *   on: { account: { Deposited: (_event, state) => proceed(state, complete()) } },
 *   timeouts: { idle: () => proceed({ reminded: true }, fail('never used')) },
 * })
 */
export function defineSaga<
  const Name extends string,
  const Sources extends readonly Aggregate[],
  State,
  TimeoutName extends string = never,
  Correlate extends SagaRoutes<Sources> = SagaRoutes<Sources>,
>(definition: {
  readonly name: Name;
  /** Raise it when running instances should continue with the old definition, and keep that in `previous`. */
  readonly version: number;
  readonly previous?: Saga;
  readonly from: Sources;
  readonly initialState: () => State;
  /**
   * Returns the ids of the instances that receive an event. Events that are not named here are ignored. An instance
   * that has ended does not start again: an event of `startedBy` for its id is recorded as `StartIgnored`, counted
   * (`startsAfterEnd`) and logged. A process that may run again for the same entity takes a new id for each run, for
   * example `${order}~${attempt}`. An invalid id parks the event.
   */
  readonly correlate: Correlate;
  /**
   * The events that start an instance. Other events that arrive earlier are kept until then, except those of an
   * aggregate that can start the saga: in their stream's order the start came before them.
   */
  readonly startedBy: PerRoutedEvent<
    Sources,
    Correlate,
    [state: NoInfer<State>],
    SagaReaction<NoInfer<State>, AllowedEffect<NoInfer<TimeoutName>>> | undefined
  >;
  readonly on?: PerRoutedEvent<
    Sources,
    Correlate,
    [state: NoInfer<State>],
    SagaReaction<NoInfer<State>, AllowedEffect<NoInfer<TimeoutName>>>
  >;
  readonly timeouts?: {
    readonly [Timeout in TimeoutName]: (
      state: NoInfer<State>,
    ) => SagaReaction<NoInfer<State>, AllowedEffect<NoInfer<TimeoutName>>>;
  };
  /** Reacts to the final outcome of a command. */
  readonly settled?: (
    settled: EffectOutcome,
    state: NoInfer<State>,
  ) => SagaReaction<NoInfer<State>, AllowedEffect<NoInfer<TimeoutName>>> | undefined;
  /** Reacts to an operator's cancellation, which is refused without this handler or when it returns nothing. */
  readonly cancelled?: (
    reason: string,
    state: NoInfer<State>,
  ) => SagaReaction<NoInfer<State>, AllowedEffect<NoInfer<TimeoutName>>> | undefined;
  /**
   * The commands that it may send, by aggregate, for the catalog. A handler that returns another one throws. Left out: every
   * command may be sent, and the catalog says so.
   */
  readonly sends?: SentCommands;
}): Saga<Name> {
  // The runtime calls each handler with its own event and the definition's own state, as its type says.
  const erased = definition as unknown as ErasedDefinition;
  checkRoutes(erased);
  const logics = [logicOf(erased), ...(definition.previous?.logics ?? [])] as const;
  return {
    name: definition.name,
    version: definition.version,
    aggregate: sagaAggregate(definition.name, logics),
    handles: handledEvents(erased.correlate),
    startedBy: handledEvents(erased.startedBy),
    ...sendsOf(definition),
    reactors: [routing(erased), dispatching(definition.name)],
    logics,
  };
}

/** Running instances of previous versions send what those declare. */
function sendsOf({
  sends,
  previous,
}: {
  readonly sends?: SentCommands;
  readonly previous?: Saga;
}): Pick<Saga, 'sends'> {
  if (!previous || !sends) return sends ? { sends } : {};
  return previous.sends ? { sends: allSent(previous.sends, sends) } : {};
}

/** @throws Error for a handler of an event that `correlate` does not route: it would never be called */
function checkRoutes({ name, correlate, startedBy, on = {} }: ErasedDefinition): void {
  for (const [source, handlers] of [...Object.entries(startedBy), ...Object.entries(on)]) {
    const routed = ownValue(correlate, source);
    const lost = Object.keys(handlers).find((type) => !Object.hasOwn(routed ?? {}, type));
    if (lost === undefined) continue;
    throw new Error(
      `${name} waits for ${lost} of ${source}, which its correlate does not name: it would never come.`,
    );
  }
}

type ErasedHandlers<Rest extends unknown[], Result> = Readonly<
  Record<string, Readonly<Record<string, (event: RecordedEvent, ...rest: Rest) => Result>>>
>;

interface ErasedDefinition {
  readonly name: string;
  readonly version: number;
  readonly from: readonly Aggregate[];
  initialState(): unknown;
  readonly correlate: ErasedHandlers<[], string | readonly string[] | undefined>;
  readonly startedBy: ErasedHandlers<[unknown], SagaReaction<unknown> | undefined>;
  readonly on?: ErasedHandlers<[unknown], SagaReaction<unknown>>;
  readonly timeouts?: Readonly<Record<string, (state: unknown) => SagaReaction<unknown>>>;
  readonly settled?: SagaLogic['settled'];
  readonly cancelled?: SagaLogic['cancelled'];
  readonly sends?: SentCommands;
}

/**
 * The handlers get frozen data: a state that is mutated in place would differ from the recorded one, because only
 * replaced members are recorded.
 */
function logicOf(definition: ErasedDefinition): SagaLogic {
  const { version, from, initialState, startedBy, on = {}, timeouts = {} } = definition;
  const declared = (reaction: SagaReaction<unknown> | undefined) => {
    const sent = reaction?.effects.flatMap((one) => (one.effect === 'send' ? [one.reaction] : []));
    declaredReactions(definition.name, definition.sends, sent ?? []);
    return reaction;
  };
  return {
    version,
    start: (event) =>
      declared(handlerOf(startedBy, event)?.(newest(from, event), deepFrozen(initialState()))),
    react: (event, state) =>
      declared(handlerOf(on, event)?.(newest(from, event), deepFrozen(state))),
    mayBeEarly: (event) =>
      handlerOf(on, event) !== undefined && !Object.hasOwn(startedBy, event.aggregate),
    timeout: (name, state) => declared(ownValue(timeouts, name)?.(deepFrozen(state))),
    settled: (settled, state) =>
      declared(definition.settled?.(deepFrozen(settled), deepFrozen(state))),
    cancelled: (reason, state) => declared(definition.cancelled?.(reason, deepFrozen(state))),
  };
}

/** Upcasts the event: one that was kept until the start may be of an older schema version. */
function newest(sources: readonly Aggregate[], event: RecordedEvent): RecordedEvent {
  const source = sources.find(({ name }) => name === event.aggregate);
  if (!source) return deepFrozen(event);
  // A recorded event's data was stored as JSON.
  return readEvent(source.events, event as StoredEvent);
}

function handlerOf<Rest extends unknown[], Result>(
  handlers: ErasedHandlers<Rest, Result>,
  { aggregate, type }: RecordedEvent,
): ((event: RecordedEvent, ...rest: Rest) => Result) | undefined {
  const ofSource = ownValue(handlers, aggregate);
  return ofSource && ownValue(ofSource, type);
}

/** Routes each event to its instances. It reads that event alone, so that a long stream costs nothing. */
function routing({ name, from, correlate }: ErasedDefinition): Reactor {
  return {
    kind: 'reactor',
    name: `${name}.routing`,
    sources: from.map((source) => source.name),
    handles: handledEvents(correlate),
    startsAt: 'now',
    react: (event) => {
      const ids = idsFrom(handlerOf(correlate, event)?.(event), name);
      const receive = { aggregate: name, command: 'Receive', data: { event } };
      return withinHops(
        event,
        ids.map((id) => ({ ...receive, id })),
      );
    },
  };
}

/**
 * The ids that `correlate` returned.
 *
 * @throws TypeError for anything that is not a text, a list of texts or undefined
 */
function idsFrom(returned: unknown, saga: string): string[] {
  return [returned ?? []].flat().map((id: unknown) => {
    if (typeof id === 'string') return id;
    throw new TypeError(
      `correlate of ${saga} returned a value that is no id: return a text, a list of texts, or undefined for none.`,
    );
  });
}

/** Sends the commands of a saga's events, and returns the outcomes to the saga. */
function dispatching(name: string): Reactor {
  return {
    kind: 'reactor',
    name: `${name}.dispatch`,
    sources: [name],
    handles: handledEvents({ [name]: sagaEvents }),
    startsAt: 'now',
    keepsTrying: true,
    react: reactionsTo,
  };
}

/** The commands that an event of a saga records. */
export function reactionsTo({
  stream,
  data,
}: Pick<StoredEvent, 'stream'> & { readonly data: unknown }): Reaction[] {
  const { aggregate: saga = '', id = '' } = parseStreamName(stream) ?? {};
  const { transition }: { transition?: SagaTransition } = Object(data);
  return (transition?.effects ?? []).flatMap((effect) => {
    if (effect.effect !== 'send') return [];
    const { id: name, attempt, command } = effect;
    return [{ ...command, effectAttempt: { saga, id, effect: name, attempt } }];
  });
}
