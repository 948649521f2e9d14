/**
 * `defineAggregate`, and what runs its two pure functions: the fold of events into a state, and the checks that a
 * decision passes before its events and timers are stored.
 */

import type * as z from 'zod';
import { PAGE_BYTES_MAX, utf8Bytes } from '../values/bytes.ts';
import { isJson, type Json, jsonCopy } from '../values/json.ts';
import { ownValue } from '../values/own-value.ts';
import type { AcceptedDecision, Context, Decision, RejectedDecision, Timer } from './decision.ts';
import type { CommandFaults, DecideFaults, SurplusEvents } from './definition-faults.ts';
import {
  EVENT_ENVELOPE_BYTES,
  type EventDefinitions,
  type EventOf,
  type StoredEvent,
  upcastData,
} from './event.ts';
import { type Failure, invalid } from './outcome.ts';
import { isEnd, type WithEnds } from './stream-end.ts';
import { timerFault } from './timer-command.ts';

export type CommandSchemas = Readonly<Record<string, z.ZodType>>;

type Evolve<Events extends EventDefinitions, State> = {
  readonly [Type in keyof Events & string]: (
    state: State,
    event: Extract<EventOf<Events>, { type: Type }>,
  ) => State;
};

/** Accepts any object, so that `DecideFaults` can report the fault in words. */
type Decide<Events extends EventDefinitions, Commands extends CommandSchemas, State> = {
  readonly [Name in keyof Commands & string]: (
    command: z.output<Commands[Name]>,
    state: State,
    context: Context,
  ) => DecisionOf<Events, Commands> | object;
};

type DecisionOf<Events extends EventDefinitions, Commands extends CommandSchemas> = Decision<
  EventOf<Events>,
  string,
  TimerOf<Commands>
>;

/** What may be scheduled: the aggregate's own commands, with their own data. */
type TimerOf<Commands extends CommandSchemas> = {
  [Name in keyof Commands & string]: Timer<Name, z.input<Commands[Name]>>;
}[keyof Commands & string];

/** The rejection codes that a decide function can answer with. */
export type ReasonOf<Decider> = Decider extends (...input: never[]) => infer Answer
  ? Answer extends RejectedDecision<infer Reason>
    ? Reason
    : never
  : never;

/** When an aggregate's state is stored as a snapshot. */
export interface SnapshotPolicy {
  /** The minimum number of events between two snapshots. Folding takes about a microsecond per event. */
  readonly every: number;
  /**
   * Raise it whenever `evolve`, or a function it calls, changes the state that the same events lead to: snapshots of
   * other versions are ignored and replaced.
   */
  readonly stateVersion: number;
}

/** An aggregate with all its types: what `defineAggregate` returns. */
export interface AggregateDefinition<
  Name extends string,
  Events extends EventDefinitions,
  Commands extends CommandSchemas,
  State,
  Deciders,
> {
  readonly name: Name;
  readonly events: Events;
  readonly commands: Commands;
  readonly initialState: () => State;
  readonly evolve: Evolve<Events, State>;
  readonly decide: Deciders;
  readonly snapshots?: SnapshotPolicy;
  readonly eventBytesMax?: number;
  readonly endsWith?: readonly (keyof Events & string)[];
}

/**
 * Defines one type of aggregate: its events, its commands, and the two pure functions `decide` and `evolve`. All types
 * are inferred; a missing or surplus handler does not compile.
 *
 * @example defineAggregate({
 *   name: 'account',
 *   events: { Deposited: event(z.strictObject({ cents: z.int() })) },
 *   commands: { Deposit: z.strictObject({ cents: z.int().positive() }) },
 *   initialState: () => ({ cents: 0 }),
 *   evolve: { Deposited: (state, { data }) => ({ cents: state.cents + data.cents }) },
 *   decide: { Deposit: ({ cents }) => accept({ type: 'Deposited', data: { cents } }) },
 * })
 */
export function defineAggregate<
  const Name extends string,
  Events extends EventDefinitions,
  Commands extends CommandSchemas,
  State,
  Evolvers extends Evolve<Events, State>,
  Deciders extends Decide<Events, Commands, State>,
  const Ends extends keyof Events & string = never,
>(definition: {
  readonly name: Name;
  readonly events: Events;
  readonly commands: Commands & CommandFaults<Commands>;
  readonly initialState: () => State;
  readonly evolve: Evolvers & SurplusEvents<Evolvers, Events>;
  readonly decide: Deciders &
    DecideFaults<Deciders, Events, Commands, (...input: never[]) => DecisionOf<Events, Commands>>;
  /** Left out: no snapshots. They pay off from about ten thousand events on, and the state has to be plain JSON. */
  readonly snapshots?: SnapshotPolicy;
  /** The maximum size of an event's data as JSON: 256 KiB when left out, 1 MiB at most. */
  readonly eventBytesMax?: number;
  /**
   * The events that end their stream: it takes no command after one of them, and rejects each with `stream-ended`. Such an event
   * is the last of its command. Leave it here for good: without it the streams that have ended go on.
   */
  readonly endsWith?: readonly Ends[];
}): AggregateDefinition<Name, Events, Commands, State, WithEnds<Deciders, Ends>> {
  // The runtime rejects for an end before it asks them.
  return definition as unknown as AggregateDefinition<
    Name,
    Events,
    Commands,
    State,
    WithEnds<Deciders, Ends>
  >;
}

/**
 * Any aggregate, as the runtime handles it: without its types, with the guarantees of `defineAggregate`. Written as
 * methods, because only method parameters are bivariant: a function of a narrow state is assignable to one of
 * `unknown`.
 */
export interface Aggregate {
  readonly name: string;
  readonly events: EventDefinitions;
  readonly commands: CommandSchemas;
  initialState(): unknown;
  readonly evolve: Readonly<
    Record<string, Method<[unknown, { type: string; data: unknown }], unknown>>
  >;
  readonly snapshots?: SnapshotPolicy;
  readonly eventBytesMax?: number;
  readonly endsWith?: readonly string[];
  /** The timers that follow from the state alone, for a stream whose timers were lost. Left out: none do. */
  timersOf?(state: unknown, now: string): readonly Timer[];
  /** Only the runtime sends its commands. */
  readonly isInternal?: true;
  readonly decide: Readonly<
    Record<string, Method<[unknown, unknown, Context], Decision<DecidedEvent>>>
  >;
}

type Method<Input extends unknown[], Output> = { call(...input: Input): Output }['call'];

/** What `decide` asks to append; its data is not validated yet. */
export interface DecidedEvent {
  readonly type: string;
  readonly data: unknown;
}

/** Folds stored events into a state, oldest first. */
export function fold(
  aggregate: Aggregate,
  state: unknown,
  events: Iterable<Pick<StoredEvent, 'type' | 'schemaVersion' | 'data'>>,
): unknown {
  let current = state;
  for (const stored of events) {
    current = evolve(aggregate, current, {
      type: stored.type,
      data: upcastData(aggregate.events, stored),
    });
  }
  return current;
}

/** One step of the fold. */
export function evolve(aggregate: Aggregate, state: unknown, event: DecidedEvent): unknown {
  const step = aggregate.evolve[event.type];
  if (!step) throw new Error(`${aggregate.name} has no evolve for ${event.type}.`);
  return step(state, event);
}

/** An event in the shape in which it is stored. Its data is a copy that domain code cannot change. */
export interface CheckedEvent extends DecidedEvent {
  readonly schemaVersion: number;
  readonly data: Json;
  /** The data as JSON: what is stored. */
  readonly text: string;
  /** The size of the stored event: its data as JSON and its envelope. */
  readonly bytes: number;
}

/** The event as `evolve` receives it, warm and cold: parsed from the stored text, as a copy of its own. */
export function asStored({ type, text }: Pick<CheckedEvent, 'type' | 'text'>): DecidedEvent {
  return { type, data: JSON.parse(text) };
}

/**
 * Default and maximum of `eventBytesMax`. Our limits: the platform takes 2 MB per row, and the journal stores an event
 * in one row.
 */
const EVENT_BYTES_MAX_DEFAULT = 262_144;
const EVENT_BYTES_MAX = 1_048_576;

/**
 * For the runtime's own aggregates. Our limit, below the platform's 2 MB per row: a saga stores a whole event of
 * another stream, or a whole command that it sends.
 */
export const INTERNAL_EVENT_BYTES_MAX = 1_900_000;

/** Our limit: a command with more events is a loop that does not end. */
const COMMAND_EVENTS_MAX = 10_000;

/**
 * The events of one command with their envelopes. Our limit: an accepted outcome contains all events of its command.
 */
const COMMAND_BYTES_MAX = PAGE_BYTES_MAX;

/**
 * Validates the events that `decide` accepted against the newest schemas. Returns a failure for events too large to
 * store.
 *
 * @throws Error when an event does not match its own schema or is not plain JSON: a bug in the domain
 */
export function checkEvents(
  aggregate: Aggregate,
  accepted: AcceptedDecision<DecidedEvent>,
): CheckedEvent[] | Failure {
  const { length } = accepted.events;
  if (length > COMMAND_EVENTS_MAX)
    throw new Error(`${aggregate.name} decided ${length} events at once.`);
  const early = accepted.events.slice(0, -1).find(({ type }) => isEnd(aggregate, type));
  if (early) throw new Error(`${aggregate.name} decided events after ${early.type}, its end.`);
  const limitBytes = eventBytesLimit(aggregate);
  const checked = accepted.events.map((event) => checkEvent(aggregate, event));
  const tooLarge = checked.find(({ bytes }) => bytes > limitBytes + EVENT_ENVELOPE_BYTES);
  if (tooLarge) return tooLargeEvent(tooLarge.type, limitBytes);
  const together = checked.reduce((sum, { bytes }) => sum + bytes, 0);
  if (together > COMMAND_BYTES_MAX)
    return { outcome: 'too-large', what: 'events of one command', limitBytes: COMMAND_BYTES_MAX };
  return checked.map((event) => ({ ...event, data: JSON.parse(event.text) }));
}

function checkEvent(
  aggregate: Aggregate,
  { type, data }: DecidedEvent,
): Omit<CheckedEvent, 'data'> {
  const definition = ownValue(aggregate.events, type);
  if (!definition) {
    throw new Error(`${aggregate.name} decided ${type}, which is not one of its events.`);
  }
  const checked = definition.schema.safeParse(data);
  if (!checked.success) {
    const paths = checked.error.issues.map((issue) => issue.path.join('.') || '(root)');
    throw new Error(
      `${aggregate.name} decided a ${type} that its schema refuses at ${paths.join(', ')}.`,
    );
  }
  const { data: kept } = checked;
  if (!isJson(kept)) throw new Error(`${aggregate.name} decided a ${type} that JSON cannot hold.`);
  return { type, schemaVersion: definition.schemaVersion, ...storedForm(kept) };
}

/** The maximum bytes of an event's data. */
function eventBytesLimit({ eventBytesMax = EVENT_BYTES_MAX_DEFAULT, isInternal }: Aggregate) {
  return Math.min(eventBytesMax, isInternal ? INTERNAL_EVENT_BYTES_MAX : EVENT_BYTES_MAX);
}

function tooLargeEvent(type: string, limitBytes: number): Failure {
  return { outcome: 'too-large', what: `event ${type}`, limitBytes };
}

function storedForm(data: Json): Pick<CheckedEvent, 'text' | 'bytes'> {
  const text = JSON.stringify(data);
  return { text, bytes: utf8Bytes(text) + EVENT_ENVELOPE_BYTES };
}

/**
 * Validates an event of another system against the schema version that it names. Returns a failure for one that the code
 * does not define, that its schema refuses, or that is too large to store.
 */
export function checkImported(
  aggregate: Aggregate,
  { type, schemaVersion, data }: Pick<StoredEvent, 'type' | 'schemaVersion'> & { data: unknown },
): CheckedEvent | Failure {
  const schema = ownValue(aggregate.events, type)?.schemaVersions[schemaVersion - 1]?.schema;
  if (!schema) return { outcome: 'unknown', what: `${aggregate.name} event`, name: type };
  const checked = schema.safeParse(data);
  if (!checked.success || !isJson(checked.data)) return invalid('/data', 'Its schema refuses it.');
  const stored = storedForm(checked.data);
  const limitBytes = eventBytesLimit(aggregate);
  if (stored.bytes > limitBytes + EVENT_ENVELOPE_BYTES) return tooLargeEvent(type, limitBytes);
  return { type, schemaVersion, ...stored, data: JSON.parse(stored.text) };
}

/**
 * Checks the timers that `decide` sets, so that none proves invalid when it is due. Their data is stored as given.
 *
 * @throws Error when a timer cannot be stored or its command cannot be executed: a bug in the domain
 */
export function checkTimers(aggregate: Aggregate, timers: readonly Timer[]): Timer[] {
  const { name, commands } = aggregate;
  if (timers.length > COMMAND_EVENTS_MAX)
    throw new Error(`${name} decided ${timers.length} timers at once.`);
  return timers.map((timer) => {
    if (timer.timer === 'cancel') return timer;
    const { id, command } = timer;
    const schema = ownValue(commands, command);
    const fault = timerFault(schema, timer);
    if (fault) throw new Error(`${name} cannot schedule ${command} as the timer ${id}. ${fault}`);
    return { ...timer, data: jsonCopy(timer.data) };
  });
}
