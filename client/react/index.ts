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

/** What a command on its way will most likely make of one of the app's aggregates. */
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
  /** What became of the command; undefined when that is not known, which `problem` then tells. */
  readonly send: <Name extends CommandName<Definition>>(
    command: Name,
    ...input: CommandInput<CommandData<Definition, Name>>
  ) => Promise<OutcomeOf<Definition, Name> | undefined>;
};

export interface Hooks<A extends App> {
  /** Gives its children a client. */
  LedgeProvider(properties: ProviderProperties<Client<A>>): ReactElement;
  useClient(): Client<A>;
  /** Whether what is on the screen is live and, where it is not, since when and how old it is. */
  useConnection(): ConnectionState;
  /** Asks while the component is there, and again when the input changes or `refresh` is called. */
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
  /** Rows that stay up to date while the component is there, with what is expected of commands on their way. */
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
   * The same by its definition: live queries then show what `decide` and `evolve` make of `state`, the aggregate's now
   * (its initial one when left out), until their rows include the command or it is refused.
   */
  useCommand<Definition extends AggregateIn<A>>(
    aggregate: Definition,
    id: string,
    state?: ReturnType<Definition['initialState']>,
  ): SentBy<Definition>;
}

/** The hooks are the same for every app: only their types differ. */
export function createHooks<A extends App>(): Hooks<A> {
  const useClient = () => useLedge().client;
  // The one place where the app's types meet hooks that run without them.
  return {
    LedgeProvider,
    useClient,
    useConnection,
    useQuery,
    useLiveQuery,
    useCommand,
  } as unknown as Hooks<A>;
}
