import type * as z from 'zod';
import { PAGE_BYTES_MAX, utf8Bytes } from './bytes.ts';
import type { Accepted, Context, Decision, Rejected, Timer } from './decision.ts';
import type { CommandFaults, DecideFaults, SurplusEvents } from './definition-faults.ts';
import {
  EVENT_ENVELOPE_BYTES,
  type EventDefinitions,
  type EventOf,
  type StoredEvent,
  upcastData,
} from './event.ts';
import { isJson, type Json, jsonCopy } from './json.ts';
import type { Failure } from './outcome.ts';
import { timerFault } from './timer-command.ts';

export type CommandSchemas = Readonly<Record<string, z.ZodType>>;

type Evolve<Events extends EventDefinitions, State> = {
  readonly [Type in keyof Events & string]: (
    state: State,
    event: Extract<EventOf<Events>, { type: Type }>,
  ) => State;
};

/** Any object passes here, so that what is wrong with it is said by `DecideFaults`. */
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
  ? Answer extends Rejected<infer Reason>
    ? Reason
    : never
  : never;

/** When to keep a folded state beside the log. */
export interface SnapshotPolicy {
  /** A snapshot at least so many events after the last. Folding takes about a microsecond an event. */
  readonly every: number;
  /**
   * Raise it whenever `evolve`, or what it calls, makes another state of the same events: snapshots of other
   * versions are ignored and replaced.
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
}

/**
 * Describes one kind of aggregate: its facts, its wishes, and the two pure functions between them.
 * Everything is inferred; a missing or surplus handler does not compile.
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
>(definition: {
  readonly name: Name;
  readonly events: Events;
  readonly commands: Commands & CommandFaults<Commands>;
  readonly initialState: () => State;
  readonly evolve: Evolvers & SurplusEvents<Evolvers, Events>;
  readonly decide: Deciders &
    DecideFaults<Deciders, Events, Commands, (...input: never[]) => DecisionOf<Events, Commands>>;
  /** Left out: none. They pay from some ten thousand events on, and need a state that is plain JSON. */
  readonly snapshots?: SnapshotPolicy;
  /** How large an event's data may be as JSON: 256 KiB when left out, 1 MiB at most. */
  readonly eventBytesMax?: number;
}): AggregateDefinition<Name, Events, Commands, State, Deciders> {
  return definition;
}

/**
 * Any aggregate, as the machinery handles it: the types are gone, the promises of `defineAggregate` stay.
 * Written as methods because a function of a narrow state is only assignable to one of `unknown` that way.
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
  /** Its commands come from the machinery alone. */
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

/** An event in the shape it will be stored in. Its data is a copy: domain code can change neither it nor the text. */
export interface CheckedEvent extends DecidedEvent {
  readonly schemaVersion: number;
  readonly data: Json;
  /** The data as JSON: what is stored. */
  readonly text: string;
  /** Of the stored event: its data as JSON and its envelope. */
  readonly bytes: number;
}

/** The event as `evolve` gets it warm and cold alike: parsed from what is stored, in a copy that nothing else holds. */
export function asStored({ type, text }: Pick<CheckedEvent, 'type' | 'text'>): DecidedEvent {
  return { type, data: JSON.parse(text) };
}

/** Default and most for `eventBytesMax`. Ours: the platform takes rows of 2 MB, and D1 the journal's whole row. */
const EVENT_BYTES_MAX_DEFAULT = 262_144;
const EVENT_BYTES_MAX = 1_048_576;

/**
 * Of the machinery's own aggregates. Ours, below the platform's rows of 2 MB: a saga keeps an event of another stream
 * whole, or sends one command whole.
 */
export const INTERNAL_EVENT_BYTES_MAX = 1_900_000;

/** More than this at once is a loop that does not end. */
const COMMAND_EVENTS_MAX = 10_000;

/** The events of one command with their envelopes. Ours: an accepted outcome has room for all events of its command. */
const COMMAND_BYTES_MAX = PAGE_BYTES_MAX;

/**
 * Validates what `decide` accepted against the newest schemas. Answers what is too large to be stored.
 *
 * @throws Error when the domain decided what its own schema refuses or what JSON cannot hold: a bug in the domain
 */
export function checkEvents(
  aggregate: Aggregate,
  accepted: Accepted<DecidedEvent>,
): CheckedEvent[] | Failure {
  const { length } = accepted.events;
  if (length > COMMAND_EVENTS_MAX)
    throw new Error(`${aggregate.name} decided ${length} events at once.`);
  const mostBytes = aggregate.isInternal ? INTERNAL_EVENT_BYTES_MAX : EVENT_BYTES_MAX;
  const limitBytes = Math.min(aggregate.eventBytesMax ?? EVENT_BYTES_MAX_DEFAULT, mostBytes);
  const checked = accepted.events.map((event) => checkEvent(aggregate, event));
  const tooLarge = checked.find(({ bytes }) => bytes > limitBytes + EVENT_ENVELOPE_BYTES);
  if (tooLarge) return { outcome: 'too-large', what: `event ${tooLarge.type}`, limitBytes };
  const together = checked.reduce((sum, { bytes }) => sum + bytes, 0);
  if (together > COMMAND_BYTES_MAX)
    return { outcome: 'too-large', what: 'events of one command', limitBytes: COMMAND_BYTES_MAX };
  return checked.map((event) => ({ ...event, data: JSON.parse(event.text) }));
}

function checkEvent(
  aggregate: Aggregate,
  { type, data }: DecidedEvent,
): Omit<CheckedEvent, 'data'> {
  const definition = Object.hasOwn(aggregate.events, type) ? aggregate.events[type] : undefined;
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
  const text = JSON.stringify(kept);
  const bytes = utf8Bytes(text) + EVENT_ENVELOPE_BYTES;
  return { type, schemaVersion: definition.schemaVersion, text, bytes };
}

/**
 * Checks the timers that `decide` sets: none may turn out to be wrong when its time has come. Data is kept as it was
 * given.
 *
 * @throws Error when a timer cannot be kept or its command cannot be executed: a bug in the domain
 */
export function checkTimers(aggregate: Aggregate, timers: readonly Timer[]): Timer[] {
  const { name, commands } = aggregate;
  if (timers.length > COMMAND_EVENTS_MAX)
    throw new Error(`${name} decided ${timers.length} timers at once.`);
  return timers.map((timer) => {
    if (timer.timer === 'cancel') return timer;
    const { id, command } = timer;
    const schema = Object.hasOwn(commands, command) ? commands[command] : undefined;
    const fault = timerFault(schema, timer);
    if (fault) throw new Error(`${name} cannot schedule ${command} as the timer ${id}. ${fault}`);
    return { ...timer, data: jsonCopy(timer.data) };
  });
}
