/** The untyped client at run time: each unknown name is taken for an aggregate of the app. */
import { asksForNothing, plain, writtenInput } from './addresses.ts';
import type { Outcome, Page } from './app-types.ts';
import type { ConnectionMethods, OnRows } from './client.ts';
import type { ConnectionState } from './live/connection-status.ts';
import { type LiveOptions, type LiveQuery, liveQuery } from './live/live-query.ts';
import type { QueryAddress, SubscriptionListener } from './live/subscription.ts';
import { followNothing, type Subscriptions } from './live/subscriptions.ts';
import type { ReadOptions } from './own-writes.ts';
import { type CommandOptions, keyed } from './send-command.ts';
import type { Session, StateOptions } from './session.ts';

type OnChange = OnRows<unknown>;

/** The client without the app's types. */
export interface PlainClient extends ConnectionMethods {
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
  const live = (wanted: QueryAddress, ...calling: LiveArguments) =>
    liveQuery(
      (follower) => {
        const refused: SubscriptionListener['refused'] = (token, problem) => {
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

type LiveArguments = readonly [OnChange, LiveOptions];

/** The callback may be left out before the options. */
function callingOf(
  onChange: OnChange | LiveOptions = {},
  options: LiveOptions = {},
): LiveArguments {
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

/** The app's names exist in types alone: every other property is taken for one of them. */
function withMethods<Methods extends object>(
  methods: Methods,
  methodNamed: (name: string) => unknown,
): Methods {
  return new Proxy(methods, {
    get: (own, name) => {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name);
      // Awaiting or printing a client reads properties that no app can define.
      return typeof name === 'symbol' || name === 'then' ? undefined : methodNamed(name);
    },
  });
}
