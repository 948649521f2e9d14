/**
 * React hooks over the client, typed by the app. Called once by a page, in a file of its own:
 *
 * @example export const { LedgeProvider, useCommand, useQuery, useLiveQuery } = createHooks<typeof app>();
 */
import type { ReactElement } from 'react';
import type { App } from '../../core/app.ts';
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
} from '../app-types.ts';
import type { Client, CommandInput } from '../client.ts';
import type { ConnectionState } from '../live/connection-status.ts';
import type { ReadOptions } from '../own-writes.ts';
import type { CommandState } from './command-store.ts';
import { LedgeProvider, type ProviderProperties, useLedge } from './context.ts';
import type { Expectation } from './expectations.ts';
import type { LiveState } from './live-store.ts';
import type { QueryState } from './query-store.ts';
import { useCommand } from './use-command.ts';
import { useConnection } from './use-connection.ts';
import { type LiveQueryOptions, useLiveQuery, useQuery } from './use-query.ts';

export type {
  CommandState,
  Expectation,
  LiveQueryOptions,
  LiveState,
  ProviderProperties,
  QueryState,
};

/** The expected state of one of the app's aggregates after a pending command. */
export type ExpectationOf<A extends App> = {
  [Name in AggregateName<A>]: Expectation<
    Name,
    ReturnType<AggregateNamed<A, Name>['initialState']>
  >;
}[AggregateName<A>];

type RefreshableQuery<Answer> = QueryState<Answer> & { readonly refresh: () => void };
type Consistency = Pick<ReadOptions, 'consistentWith'>;
type AggregateIn<A extends App> = A['aggregates'][number];

type SentBy<Definition extends AggregateIn<App>> = CommandState<
  OutcomeOf<Definition, CommandName<Definition>>
> & {
  /** The outcome of the command; undefined when it is unknown, with the reason in `problem`. */
  readonly send: <Name extends CommandName<Definition>>(
    command: Name,
    ...input: CommandInput<CommandData<Definition, Name>>
  ) => Promise<OutcomeOf<Definition, Name> | undefined>;
};

/** The hooks, typed by the app. Made by `createHooks`. */
export interface Hooks<A extends App> {
  /** Provides a client to its children. */
  LedgeProvider(properties: ProviderProperties<Client<A>>): ReactElement;
  useClient(): Client<A>;
  /** Whether the shown rows are live and, if not, since when and how old they are. */
  useConnection(): ConnectionState;
  /** Runs a query when the component is mounted, when the input changes and when `refresh` is called. */
  useQuery<Name extends ListName<A>>(
    name: Name,
    input?: ListInput<A, Name> & PageInput,
    options?: Consistency,
  ): RefreshableQuery<Page<ListRow<A, Name>>>;
  useQuery<Name extends NamedQueryName<A>>(
    name: Name,
    input: NamedQueryInput<A, Name>,
    options?: Consistency,
  ): RefreshableQuery<{ readonly rows: readonly NamedQueryRow<A, Name>[] }>;
  /** Rows that stay up to date while the component is mounted, with the expected effects of pending commands. */
  useLiveQuery<Name extends ListName<A>>(
    name: Name,
    input?: ListInput<A, Name>,
    options?: LiveQueryOptions<ListRow<A, Name>, ExpectationOf<A>>,
  ): LiveState<ListRow<A, Name>>;
  useLiveQuery<Name extends NamedQueryName<A>>(
    name: Name,
    input: NamedQueryInput<A, Name>,
    options?: LiveQueryOptions<NamedQueryRow<A, Name>, ExpectationOf<A>>,
  ): LiveState<NamedQueryRow<A, Name>>;
  /** Sends commands to one aggregate, by its name. */
  useCommand<Name extends AggregateName<A>>(
    aggregate: Name,
    id: string,
  ): SentBy<AggregateNamed<A, Name>>;
  /**
   * The same by its definition: live queries then show the result of `decide` and `evolve` on `state`, the aggregate's
   * current state (left out: the initial one), until their rows include the command or it is rejected.
   */
  useCommand<Definition extends AggregateIn<A>>(
    aggregate: Definition,
    id: string,
    state?: ReturnType<Definition['initialState']>,
  ): SentBy<Definition>;
}

/**
 * The hooks are the same for every app: only their types differ.
 *
 * @example export const { LedgeProvider, useCommand, useQuery, useLiveQuery } = createHooks<typeof app>();
 */
export function createHooks<A extends App>(): Hooks<A> {
  const useClient = () => useLedge().client;
  // The only place where the app's types are added to the untyped hooks.
  return {
    LedgeProvider,
    useClient,
    useConnection,
    useQuery,
    useLiveQuery,
    useCommand,
  } as unknown as Hooks<A>;
}
