/** The public types of the client, inferred from the app: aggregates by name, queries by name. */

import type { Aggregate } from '../core/aggregate/aggregate.ts';
import type { App } from '../core/app.ts';
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
  OutcomeOf,
  Page,
  PageInput,
  RowKey,
  StateOf,
} from './app-types.ts';
import type { ConnectionState } from './live/connection-status.ts';
import type { LiveOptions, LiveQuery } from './live/live-query.ts';
import type { ReadOptions } from './own-writes.ts';
import type { CommandOptions } from './send-command.ts';
import type { StateOptions, VersionedState } from './session.ts';

/** One aggregate, by its name and id. Each command is a method: `PlaceOrder` is `placeOrder`. */
export type AggregateClient<G extends Aggregate> = AggregateMethods<G> & {
  readonly [Name in MethodCommand<G> as Uncapitalize<Name>]: (
    ...input: CommandInput<CommandData<G, Name>>
  ) => Promise<OutcomeOf<G, Name>>;
};

/** The parameters of a command; none for a command without data. */
export type CommandInput<Data> =
  Record<never, never> extends Data
    ? [data?: Data, options?: CommandOptions]
    : [data: Data, options?: CommandOptions];

export interface AggregateMethods<G extends Aggregate> {
  /** Sends any command by its name, also one whose method name is taken or that does not begin with a capital. */
  send<Name extends CommandName<G>>(
    command: Name,
    ...input: CommandInput<CommandData<G, Name>>
  ): Promise<OutcomeOf<G, Name>>;
  /** The state from the aggregate's object, never stale; undefined for a stream without events. */
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
  /** The result of a named query. */
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

export type OnRows<Row> = (rows: readonly Row[]) => void;

/** The options may be given in the callback's place. */
export interface LiveQueries<A extends App> {
  /**
   * A list that stays up to date. Its rows are always a whole result; a broken socket is reconnected. All live queries
   * of a client share one socket, with at most 64.
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

export interface ConnectionMethods {
  /** Whether rows are live and, if not, since when and how old they are. A new object after each change. */
  readonly connection: ConnectionState;
  /** Calls the listener after each change of it; returns the function that ends that. */
  onConnection(listener: (connection: ConnectionState) => void): () => void;
}

export interface ClientMethods<A extends App>
  extends Queries<A>,
    LiveQueries<A>,
    ConnectionMethods {
  /** Ends every live query and their shared socket. */
  close(): void;
  /** Any aggregate by its name, also one with the name of a method of the client. */
  aggregate<Name extends AggregateName<A>>(
    name: Name,
    id: string,
  ): AggregateClient<AggregateNamed<A, Name>>;
  /** The state from its object, never stale; undefined for a stream without events. */
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
