/** What the example uses of @event-driven-io/emmett, which is not needed by Ledge and not installed here. */
export type Event<Type extends string, Data> = Readonly<{ type: Type; data: Data }> & {
  readonly kind?: 'Event';
};

export type Command<Type extends string, Data> = Readonly<{
  type: Type;
  data: Readonly<Data>;
  metadata?: { now: Date } | undefined;
}> & { readonly kind?: 'Command' };

export interface Decider<State, CommandType, EventType> {
  decide: (command: CommandType, state: State) => EventType | EventType[];
  evolve: (state: State, event: EventType) => State;
  initialState: () => State;
}

export class IllegalStateError extends Error {
  errorCode = 403;
}
