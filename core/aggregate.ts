import type { z } from 'zod';
import type { Accepted, Context, Decision, Rejected, Timer } from './decision.ts';
import { type EventDefinitions, type EventOf, type StoredEvent, upcastData } from './event.ts';

export type CommandSchemas = Readonly<Record<string, z.ZodType>>;

type Evolve<Events extends EventDefinitions, State> = {
  readonly [Type in keyof Events & string]: (
    state: State,
    event: Extract<EventOf<Events>, { type: Type }>,
  ) => State;
};

type Decide<Events extends EventDefinitions, Commands extends CommandSchemas, State> = {
  readonly [Name in keyof Commands & string]: (
    command: z.output<Commands[Name]>,
    state: State,
    context: Context,
  ) => Decision<EventOf<Events>, string, TimerOf<Commands>>;
};

/** What may be scheduled: the aggregate's own commands, with their own data. */
type TimerOf<Commands extends CommandSchemas> = {
  [Name in keyof Commands & string]: Timer<Name, z.input<Commands[Name]>>;
}[keyof Commands & string];

/** A key that is not in `Allowed` must be `never`: a surplus handler does not compile. */
type NoSurplus<Given, Allowed> = { readonly [Key in Exclude<keyof Given, keyof Allowed>]: never };

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
  readonly commands: Commands;
  readonly initialState: () => State;
  readonly evolve: Evolvers & NoSurplus<Evolvers, Events>;
  readonly decide: Deciders & NoSurplus<Deciders, Commands>;
  /** Left out: none. They pay from some ten thousand events on, and need a state that is plain JSON. */
  readonly snapshots?: SnapshotPolicy;
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

/** Events in the shape they will be stored in. */
export interface CheckedEvent extends DecidedEvent {
  readonly schemaVersion: number;
}

/**
 * Validates what `decide` accepted against the newest schemas.
 *
 * @throws Error when the domain decided an event that its own schema refuses: a bug in the domain
 */
export function checkEvents(
  aggregate: Aggregate,
  accepted: Accepted<DecidedEvent>,
): CheckedEvent[] {
  return accepted.events.map(({ type, data }) => {
    const definition = Object.hasOwn(aggregate.events, type) ? aggregate.events[type] : undefined;
    if (!definition)
      throw new Error(`${aggregate.name} decided ${type}, which is not one of its events.`);
    const checked = definition.schema.safeParse(data);
    if (!checked.success) {
      const paths = checked.error.issues.map((issue) => issue.path.join('.') || '(root)');
      throw new Error(
        `${aggregate.name} decided a ${type} that its schema refuses at ${paths.join(', ')}.`,
      );
    }
    return { type, data: checked.data, schemaVersion: definition.schemaVersion };
  });
}

/**
 * Validates the commands that `decide` scheduled, so that none turns out to be wrong when its time has come.
 *
 * @throws Error when the domain scheduled a command that is not the aggregate's, or that its schema refuses
 */
export function checkTimers(aggregate: Aggregate, timers: readonly Timer[]): Timer[] {
  return timers.map((timer) => {
    if (timer.timer === 'cancel') return timer;
    const { command, at } = timer;
    const schema = Object.hasOwn(aggregate.commands, command) ? aggregate.commands[command] : undefined;
    const data = schema?.safeParse(timer.data);
    if (!data?.success || Number.isNaN(Date.parse(at))) {
      throw new Error(`${aggregate.name} scheduled a ${command} that could not be executed.`);
    }
    return { ...timer, data: data.data };
  });
}
