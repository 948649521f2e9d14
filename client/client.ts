/** The client as its users see it, typed by their app: aggregates by name, queries by name. */

import type { Aggregate } from '../core/aggregate.ts';
import type { App } from '../core/app.ts';
import { asksForNothing, plain, writtenInput } from './addresses.ts';
import type {
  AggregateName,
  AggregateNamed,
  CommandData,
  CommandName,
  ListInput,
  ListName,
  ListRow,
  NamedQueryInput,
  NamedQueryName,
  NamedQueryRow,
  Outcome,
  OutcomeOf,
  Page,
  PageInput,
  RowKey,
  StateOf,
} from './app-types.ts';
import type { ConnectionState } from './live/connection-status.ts';
import { type LiveOptions, type LiveQuery, liveQuery } from './live/live-query.ts';
import type { Follower, Wanted } from './live/subscription.ts';
import { followNothing, type Subscriptions } from './live/subscriptions.ts';
import { type CommandOptions, keyed } from './send-command.ts';
import type { ReadOptions, Session, StateOptions, VersionedState } from './session.ts';

/** One aggregate, by its name and id. Each command is a method: `PlaceOrder` is `placeOrder`. */
export type AggregateClient<G extends Aggregate> = AggregateMethods<G> & {
  readonly [Name in MethodCommand<G> as Uncapitalize<Name>]: (
    ...input: CommandInput<CommandData<G, Name>>
  ) => Promise<OutcomeOf<G, Name>>;
};

/** A command without data is sent without. */
export type CommandInput<Data> =
  Record<never, never> extends Data
    ? [data?: Data, options?: CommandOptions]
    : [data: Data, options?: CommandOptions];

export interface AggregateMethods<G extends Aggregate> {
  /** Any command, by its own name: also one whose method's name is taken, or that does not begin with a capital. */
  send<Name extends CommandName<G>>(
    command: Name,
    ...input: CommandInput<CommandData<G, Name>>
  ): Promise<OutcomeOf<G, Name>>;
  /** The state as its object has it, never stale; undefined when nothing ever happened. */
  state(options?: StateOptions): Promise<VersionedState<StateOf<G>> | undefined>;
}

type Taken = keyof AggregateMethods<Aggregate> | 'then';
type MethodCommand<G extends Aggregate> = {
  [Name in CommandName<G>]: Name extends Capitalize<Name>
    ? Uncapitalize<Name> extends Taken
      ? never
      : Name
    : never;
}[CommandName<G>];

export interface Queries<A extends App> {
  /** A page of a projection's rows. */
  query<Name extends ListName<A>>(
    name: Name,
    input?: ListInput<A, Name> & PageInput,
    options?: ReadOptions,
  ): Promise<Page<ListRow<A, Name>>>;
  /** What a named query answers. */
  query<Name extends NamedQueryName<A>>(
    name: Name,
    input: NamedQueryInput<A, Name>,
    options?: ReadOptions,
  ): Promise<{ readonly rows: readonly NamedQueryRow<A, Name>[] }>;
  /** Every page, one after the other: `for await (const { rows } of client.pages('orders'))`. */
  pages<Name extends ListName<A>>(
    name: Name,
    input?: ListInput<A, Name>,
    options?: ReadOptions,
  ): AsyncGenerator<Page<ListRow<A, Name>>, void, undefined>;
  /** The row with this key; undefined when there is none. */
  get<Name extends ListName<A>>(
    name: Name,
    key: RowKey<A, Name>,
    options?: ReadOptions,
  ): Promise<ListRow<A, Name> | undefined>;
}

type OnRows<Row> = (rows: readonly Row[]) => void;

/** The options may be given in the callback's place. */
export interface LiveQueries<A extends App> {
  /**
   * A list that stays up to date. Its rows are always a whole result; a socket that breaks is taken up again. All live
   * queries of a client share one, which carries 64.
   */
  live<Name extends ListName<A>>(
    name: Name,
    input?: ListInput<A, Name>,
    onChange?: OnRows<ListRow<A, Name>> | LiveOptions,
    options?: LiveOptions,
  ): LiveQuery<ListRow<A, Name>>;
  /** The same for a named query. */
  live<Name extends NamedQueryName<A>>(
    name: Name,
    input: NamedQueryInput<A, Name>,
    onChange?: OnRows<NamedQueryRow<A, Name>> | LiveOptions,
    options?: LiveOptions,
  ): LiveQuery<NamedQueryRow<A, Name>>;
  /** The same for one row by its key: a list of it, or of nothing. */
  liveRow<Name extends ListName<A>>(
    name: Name,
    key: RowKey<A, Name>,
    onChange?: OnRows<ListRow<A, Name>> | LiveOptions,
    options?: LiveOptions,
  ): LiveQuery<ListRow<A, Name>>;
}

export interface Connected {
  /** Whether rows are live and, where they are not, since when and how old they are. Another object after a change. */
  readonly connection: ConnectionState;
  /** Calls after every change of it; answers what ends that. */
  onConnection(listener: (connection: ConnectionState) => void): () => void;
}

export interface ClientMethods<A extends App> extends Queries<A>, LiveQueries<A>, Connected {
  /** Ends every live query and the socket that they share. */
  close(): void;
  /** Any aggregate, by its own name: also one whose name is a method's of the client. */
  aggregate<Name extends AggregateName<A>>(
    name: Name,
    id: string,
  ): AggregateClient<AggregateNamed<A, Name>>;
  /** Its state as its object has it, never stale; undefined when nothing ever happened. */
  state<Name extends AggregateName<A>>(
    aggregate: Name,
    id: string,
    options?: StateOptions,
  ): Promise<VersionedState<StateOf<AggregateNamed<A, Name>>> | undefined>;
}

/** Each aggregate is a method: `client.order('o-1')`. */
export type Client<A extends App> = ClientMethods<A> & {
  readonly [Name in Exclude<AggregateName<A>, keyof ClientMethods<A> | 'then'>]: (
    id: string,
  ) => AggregateClient<AggregateNamed<A, Name>>;
};

type OnChange = OnRows<unknown>;

/** A client without the app's types, as it runs. */
export interface PlainClient extends Connected {
  aggregate(name: string, id: string): PlainAggregate;
  query(name: string, input?: object, options?: ReadOptions): Promise<Page<unknown>>;
  live(
    query: string,
    input?: object,
    onChange?: OnChange,
    options?: LiveOptions,
  ): LiveQuery<unknown>;
}

interface PlainAggregate {
  send(command: string, data: unknown, options: CommandOptions): Promise<Outcome<unknown, string>>;
}

export function clientOf(session: Session, subscriptions: Subscriptions): PlainClient {
  const live = (wanted: Wanted, ...calling: Calling) =>
    liveQuery(
      (follower) => {
        const refused: Follower['refused'] = (token, problem) => {
          session.giveUp(wanted.query, token, problem);
          follower.refused(token, problem);
        };
        const tokens = session.ownTokens(wanted.query);
        return subscriptions.follow(wanted, tokens, { ...follower, refused });
      },
      ...calling,
    );
  const aggregate = (name: string, id: string) => aggregateOf(session, name, id);
  const methods = {
    aggregate,
    query: (name: string, input: object = {}, options: ReadOptions = {}) =>
      session.query(name, { ...input }, options),
    pages: (name: string, input: object = {}, options: ReadOptions = {}) =>
      pages(session, name, input, options),
    get: (name: string, key: unknown, options: ReadOptions = {}) => session.get(name, key, options),
    state: session.state,
    live: (
      query: string,
      input: object = {},
      onChange?: OnChange | LiveOptions,
      options?: LiveOptions,
    ) => {
      const calling = callingOf(onChange, options);
      if (asksForNothing({ ...input })) return liveQuery(followNothing, ...calling);
      return live({ query, input: writtenInput({ ...input }) }, ...calling);
    },
    liveRow: (
      query: string,
      key: unknown,
      onChange?: OnChange | LiveOptions,
      options?: LiveOptions,
    ) => live({ query, key: [key].flat().map(plain) }, ...callingOf(onChange, options)),
    close: subscriptions.close,
    get connection() {
      return subscriptions.connection.state;
    },
    onConnection: (listener: (connection: ConnectionState) => void) =>
      subscriptions.connection.watch(listener),
  };
  return withMethods(methods, (name) => (id: string) => aggregate(name, id));
}

type Calling = readonly [OnChange, LiveOptions];

/** The options may stand in the callback's place. */
function callingOf(onChange: OnChange | LiveOptions = {}, options: LiveOptions = {}): Calling {
  if (typeof onChange === 'function') return [onChange, options];
  if (typeof onChange === 'object') return [() => {}, { ...options, ...onChange }];
  throw new TypeError(
    `A live query takes a function or options, and was given ${typeof onChange}.`,
  );
}

function aggregateOf(session: Session, aggregate: string, id: string): PlainAggregate {
  const send = (command: string, data: unknown = {}, options: CommandOptions = {}) =>
    session.send(
      keyed({ aggregate, id, command }, data, options, session.server.host.newKey),
      options.signal,
    );
  const methods = {
    send,
    state: (options?: StateOptions) => session.state(aggregate, id, options),
  };
  return withMethods(
    methods,
    (method) => (data: unknown, options: CommandOptions) => send(pascalCase(method), data, options),
  );
}

function pascalCase(method: string): string {
  return method.charAt(0).toUpperCase() + method.slice(1);
}

async function* pages(session: Session, name: string, input: object, options: ReadOptions) {
  let cursor: string | undefined;
  do {
    const page = await session.query(name, { ...input, cursor }, options);
    yield page;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** The app's names are types alone: whatever else is asked for by a name is taken to be one. */
function withMethods<Methods extends object>(
  methods: Methods,
  methodNamed: (name: string) => unknown,
): Methods {
  return new Proxy(methods, {
    get: (own, name) => {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name);
      // Whoever awaits or prints a client asks for what no app can define.
      return typeof name === 'symbol' || name === 'then' ? undefined : methodNamed(name);
    },
  });
}
