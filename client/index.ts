/**
 * The typed client of a Ledge server, for browsers, Workers and Node. It uses the type of an app alone, so that it
 * bundles no code of the server.
 */
import type { App } from '../core/app.ts';
import type { ServerAccess } from './ask.ts';
import type { Client } from './client.ts';
import { type Fetch, type Host, type Socket, thisHost } from './host.ts';
import { subscriptionsOver } from './live/subscriptions.ts';
import type { OfflineOptions, OfflineOptionsOf } from './outbox.ts';
import { pausesOf } from './pause.ts';
import { clientOf } from './plain-client.ts';
import { defaultRetryPolicy, type RetryPolicy } from './retry.ts';
import { openSession } from './session.ts';

export type {
  Accepted,
  AggregateName,
  AggregateNamed,
  ClientEvent,
  CommandData,
  CommandName,
  Conflict,
  EventIn,
  ListInput,
  ListName,
  ListRow,
  NamedQueryInput,
  NamedQueryName,
  NamedQueryRow,
  Outcome,
  OutcomeOf,
  OverTheWire,
  Page,
  PageInput,
  Rejected,
  RowKey,
  StateOf,
} from './app-types.ts';
export type { AggregateClient, Client, CommandInput } from './client.ts';
export type { ConnectionState, ConnectionStatus } from './live/connection-status.ts';
export type { LiveOptions, LiveQuery } from './live/live-query.ts';
export type { OfflineOptions } from './outbox.ts';
export type { ReadOptions } from './own-writes.ts';
export { type AnyProblem, LedgeProblem } from './problem.ts';
export type { RetryPolicy } from './retry.ts';
export type { CommandOptions, KeyedCommand } from './send-command.ts';
export type { StateOptions, VersionedState } from './session.ts';
export type { CommandStorage } from './stored-commands.ts';

/** Where the server is, and how the client asks it. */
export interface ClientOptions {
  /** The address of the server: `https://ledge.example.com`. */
  readonly url: string;
  /**
   * The bearer token, or a function that returns it, called before every request and every socket. The socket of live
   * queries is opened with a single-use ticket, which the client asks for with the token.
   */
  readonly token?: string | (() => string | Promise<string>);
  /** Left out: the platform's. A Worker passes the `fetch` of its service binding. */
  readonly fetch?: Fetch;
  /** Left out: the platform's. */
  readonly WebSocket?: new (
    url: string,
    subprotocols: string[],
  ) => Socket;
  /** Commands wait for the network, those of a stream in order. Left out: they fail after the last retry. */
  readonly offline?: OfflineOptions;
  /**
   * A unique id of the signed-in principal, which separates stored commands of principals on the same device. Required
   * with a storage and a token; each principal needs a client of its own.
   */
  readonly as?: string;
  /** Left out: eight attempts within a minute. */
  readonly retry?: Partial<RetryPolicy>;
}

/** The options of a client of this app. */
type ClientOptionsOf<A extends App> = Omit<ClientOptions, 'offline'> & {
  readonly offline?: OfflineOptionsOf<A>;
};

/**
 * A client that is typed by the app.
 *
 * @example import type { app } from './app.ts';
 * const client = createClient<typeof app>({ url: 'https://ledge.example.com' });
 */
export function createClient<A extends App>(options: ClientOptionsOf<A>): Client<A> {
  const { url, token, fetch = thisHost.fetch, WebSocket: SocketOf, retry, offline, as } = options;
  if (offline?.storage && token !== undefined && as === undefined)
    throw new TypeError(NO_PRINCIPAL);
  const openSocket: Host['openSocket'] = SocketOf
    ? (to, subprotocols) => new SocketOf(to, subprotocols)
    : thisHost.openSocket;
  const host = { ...thisHost, fetch, openSocket };
  const credential =
    token === undefined ? token : async () => (typeof token === 'function' ? token() : token);
  const base = url.replace(/\/$/, '');
  const { pause, wake } = pausesOf(host);
  const address = { url: `${base}/v1/live?client=${host.newKey()}`, credential };
  const subscriptions = subscriptionsOver(host, address, wake);
  const server: ServerAccess = {
    url: base,
    credential,
    host,
    retry: { ...defaultRetryPolicy, ...retry },
    pause,
    report: (result) => subscriptions.connection.dispatch(result),
  };
  const session = openSession(server, offline, as);
  // The only place where the app's types are added to the untyped client.
  return clientOf(session, subscriptions) as unknown as Client<A>;
}

const NO_PRINCIPAL = 'With a token, stored commands need `as`, the id of the principal.';
