/**
 * The package `ledge/emmett`: a decider as Emmett has it, unchanged, as an aggregate. The shape is structural, so that
 * nothing of Emmett is needed; what Emmett leaves to types alone, what data is, is given as schemas.
 */
import type * as z from 'zod';
import type {
  AggregateDefinition,
  CommandSchemas,
  DecidedEvent,
  SnapshotPolicy,
} from '../aggregate/aggregate.ts';
import { accept, type Context, type Decision } from '../aggregate/decision.ts';
import type { CommandFaults } from '../aggregate/definition-faults.ts';
import type { EventDefinitions, EventOf } from '../aggregate/event.ts';
import { type EmmettReason, rejectionOf } from './rejection-of.ts';

export type { EmmettReason } from './rejection-of.ts';

/** `decide`, `evolve` and `initialState`, with commands and events of the form `{ type, data }`. */
export interface EmmettDecider<Command, State, Event> {
  readonly decide: (command: Command, state: State) => Event | Event[];
  readonly evolve: (state: State, event: Event) => State;
  readonly initialState: () => State;
}

/** What Emmett's command handlers give every command: the time. */
export interface EmmettMetadata {
  readonly now: Date;
}

type EmmettCommand<Commands extends CommandSchemas> = {
  [Name in keyof Commands & string]: {
    readonly type: Name;
    readonly data: z.output<Commands[Name]>;
    readonly metadata: EmmettMetadata;
  };
}[keyof Commands & string];

type EmmettDecide<Events extends EventDefinitions, Commands extends CommandSchemas, State> = {
  readonly [Name in keyof Commands & string]: (
    data: z.output<Commands[Name]>,
    state: State,
    context: Context,
  ) => Decision<EventOf<Events>, EmmettReason, never>;
};

/**
 * Makes an aggregate of a decider. An error that Emmett answers with a 4xx, one with an `errorCode` from 400 to 499, is a
 * rejection; any other that `decide` throws is a fault, as everywhere in Ledge. Schemas that do not fit the decider's
 * types do not compile.
 *
 * @example fromDecider({
 *   name: 'cart',
 *   events: { ItemAdded: event(z.strictObject({ item: z.string() })) },
 *   commands: { AddItem: z.strictObject({ item: z.string() }) },
 *   decider,
 * })
 */
export function fromDecider<
  const Name extends string,
  Events extends EventDefinitions,
  Commands extends CommandSchemas,
  State,
>(definition: {
  readonly name: Name;
  readonly events: Events;
  readonly commands: Commands & CommandFaults<Commands>;
  readonly decider: EmmettDecider<EmmettCommand<Commands>, State, EventOf<Events>>;
  readonly snapshots?: SnapshotPolicy;
  readonly eventBytesMax?: number;
}): AggregateDefinition<Name, Events, Commands, State, EmmettDecide<Events, Commands, State>> {
  const { decider, ...rest } = definition;
  // The compiler has held the decider to every command and event; by name it is called without their types.
  const erased = decider as unknown as ErasedDecider<State>;
  const evolve = (state: State, event: DecidedEvent) => erased.evolve(state, event);
  const decide = (type: string) => (data: unknown, state: State, context: Context) =>
    decided(erased, { type, data, metadata: { now: new Date(context.now) } }, state);
  return {
    ...rest,
    initialState: decider.initialState,
    evolve: sameFor(rest.events, () => evolve),
    decide: sameFor(rest.commands, decide),
  } as unknown as AggregateDefinition<
    Name,
    Events,
    Commands,
    State,
    EmmettDecide<Events, Commands, State>
  >;
}

type ErasedDecider<State> = EmmettDecider<
  DecidedEvent & { readonly metadata: EmmettMetadata },
  State,
  DecidedEvent
>;

function decided<State>(
  decider: ErasedDecider<State>,
  command: Parameters<ErasedDecider<State>['decide']>[0],
  state: State,
): Decision<DecidedEvent, EmmettReason, never> {
  try {
    return accept(...[decider.decide(command, state)].flat());
  } catch (error) {
    const rejection = rejectionOf(error);
    if (rejection) return rejection;
    throw error;
  }
}

function sameFor<Made>(
  named: Readonly<Record<string, unknown>>,
  make: (name: string) => Made,
): Record<string, Made> {
  return Object.fromEntries(Object.keys(named).map((name) => [name, make(name)]));
}
