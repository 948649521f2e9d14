/**
 * The sockets of one Live object and the groups that they follow. Called by the object for whatever comes in.
 */

import type { Failure } from '../../core/aggregate/outcome.ts';
import { errorText } from '../../core/failures/error-text.ts';
import type { ClientFrame, SubscribeFrame } from '../../core/live/live-protocol.ts';
import type { Watch } from '../../core/live/watch.ts';
import { breachOf } from './breach.ts';
import { SocketConnection, type SocketSubscription } from './connection.ts';
import { type ErrorSubject, errorFrame } from './frames.ts';
import { Group } from './group.ts';
import { type FollowedQuery, Groups } from './groups.ts';
import type { LivePorts, PreparedLiveQuery, RefusedFrame, SubscribedQuery } from './ports.ts';
import { TokenLookUps } from './token-look-ups.ts';
import { Turns } from './turns.ts';
import { Watches } from './watches.ts';

/** Ours: a client pings every 30 seconds or so. Without a sign for as long it keeps its place while there are others. */
const SILENT_MS = 60_000;

/** How often a full object looks for silent sockets, however many new ones are asked for. */
const LOOK_AGAIN_MS = 1_000;

/**
 * The platform opens six connections at once, so a seventh read would wait out of turn. One subscriber's reads come one
 * by one: what binds is the object's processor, 30 ms and more for a thousand rows.
 */
const READS = { runsMax: 6, runsOfOneMax: 1 } as const;

export interface HubSetting {
  readonly tenant: string;
  readonly shard: number;
  readonly socketsMax: number;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly acceptedAtMs: (socket: WebSocket) => number;
  /** When the credential expires that the socket was opened with; it may be never. */
  readonly expiresAtMs: (socket: WebSocket) => number;
  /** When the platform last answered a ping of the socket by itself. */
  readonly pingedAtMs: (socket: WebSocket) => number;
  readonly keep: (work: Promise<unknown>) => void;
}

export class Hub<Env> {
  readonly #ports: LivePorts<Env>;
  readonly #env: Env;
  readonly #setting: HubSetting;
  readonly #watches: Watches;
  readonly #connections = new Map<WebSocket, SocketConnection>();
  readonly #groups: Groups;
  readonly #turns: Turns;
  readonly #tokens: TokenLookUps;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(ports: LivePorts<Env>, env: Env, setting: HubSetting) {
    this.#ports = ports;
    this.#env = env;
    this.#setting = setting;
    const { tenant, shard } = setting;
    this.#watches = new Watches({
      newId: ports.newId,
      watch: (projection, registration) =>
        ports.watch(env, { tenant, projection, shard, registration }),
      forget: (watch) => ports.forget(env, watch),
    });
    this.#groups = new Groups((wanted) => this.#newGroup(wanted));
    const clock = { nowMs: ports.nowMs, wait: setting.wait };
    this.#turns = new Turns({ ...READS, ...clock });
    this.#tokens = new TokenLookUps(clock);
  }

  /** Whether one more socket fits. A full object closes those whose clients have gone silent. */
  hasPlace(): boolean {
    const { socketsMax } = this.#setting;
    if (this.#connections.size >= socketsMax) this.#closeSilent();
    return this.#connections.size < socketsMax;
  }

  #closeSilent(): void {
    const now = this.#ports.nowMs();
    if (now - this.#lookedMs < LOOK_AGAIN_MS) return;
    this.#lookedMs = now;
    for (const connection of this.#connections.values()) {
      if (now - connection.lastSignMs < SILENT_MS) continue;
      connection.close(1013, 'Full, and this client was silent. Reconnect, and ping every 30 s.');
    }
  }

  /** A new socket, or one that was there before the object slept: what that followed is read again. */
  connect(socket: WebSocket): void {
    const { nowMs } = this.#ports;
    const { acceptedAtMs, expiresAtMs, pingedAtMs } = this.#setting;
    const connection = new SocketConnection(socket, {
      ...{ nowMs, acceptedAtMs, expiresAtMs, pingedAtMs },
      closed: () => this.disconnect(socket),
      ended: (subscription) => this.#remove(connection, subscription),
    });
    this.#connections.set(socket, connection);
    for (const subscription of connection.subscriptions) {
      this.#followAgain(connection, subscription);
    }
  }

  disconnect(socket: WebSocket): void {
    const connection = this.#connections.get(socket);
    this.#connections.delete(socket);
    for (const subscription of connection?.subscriptions ?? []) {
      this.#groups.leave(subscription.kept, subscription);
    }
  }

  /** Rows of these projections were committed. */
  changed(watches: readonly Watch[]): void {
    for (const watch of watches) {
      const followed = this.#groups.over(watch.projection);
      for (const group of followed) group.mark();
      if (followed.length === 0) this.#forget(watch);
    }
  }

  #forget(watch: Watch): void {
    const { log } = this.#ports;
    const forgotten = this.#watches.forget(watch).catch((error: unknown) => {
      // Then it is told once more for nothing.
      log('warn', {
        operation: 'forget-watch',
        projection: watch.projection,
        error: errorText(error),
      });
    });
    this.#setting.keep(forgotten);
  }

  receive(socket: WebSocket, message: string | ArrayBuffer): void {
    const connection = this.#connections.get(socket);
    if (!connection) return;
    const breach = breachOf(connection, message);
    if (breach) connection.close(breach.code, breach.reason);
    else this.#take(connection, this.#ports.readFrame(String(message)));
  }

  #take(connection: SocketConnection, frame: ClientFrame | RefusedFrame): void {
    if ('failure' in frame) {
      const { failure, ...about } = frame;
      this.#sendError(connection, failure, about);
      return;
    }
    const failure =
      frame.type === 'subscribe'
        ? this.#subscribe(connection, frame)
        : this.#unsubscribe(connection, frame.id);
    if (failure) this.#sendError(connection, failure, { id: frame.id });
  }

  #sendError(connection: SocketConnection, failure: Failure, about: ErrorSubject): void {
    connection.send(errorFrame(failure, about, this.#ports.basePath));
  }

  /** A known id: the new subscription takes the old one's place. */
  #subscribe(
    connection: SocketConnection,
    { id, since, consistentWith = [], type: _type, ...wanted }: SubscribeFrame,
  ): Failure | undefined {
    const followed = this.#groups.find(wanted);
    if ('outcome' in followed) return followed;
    const earlier = connection.find(id);
    if (earlier) this.#remove(connection, earlier);
    const subscription = connection.add(id, wanted, since);
    if ('outcome' in subscription) return subscription;
    followed.group.join(subscription);
    for (const token of consistentWith) {
      this.#setting.keep(this.#bringUpTo(connection, subscription, followed, token));
    }
    return undefined;
  }

  #unsubscribe(connection: SocketConnection, id: string): Failure | undefined {
    const subscription = connection.find(id);
    if (!subscription) return { outcome: 'unknown', what: 'subscription', name: id };
    this.#remove(connection, subscription);
    return undefined;
  }

  #remove(connection: SocketConnection, subscription: SocketSubscription): void {
    this.#groups.leave(subscription.kept, subscription);
    connection.remove(subscription.id);
  }

  /** What the code does not know any more is ended, with its reason. */
  #followAgain(connection: SocketConnection, subscription: SocketSubscription): void {
    const followed = this.#groups.find(subscription.kept);
    if (!('outcome' in followed)) {
      followed.group.join(subscription);
      return;
    }
    connection.remove(subscription.id);
    this.#sendError(connection, followed, { id: subscription.id });
  }

  #newGroup(wanted: SubscribedQuery): FollowedQuery | Failure {
    const { nowMs, newId, basePath, liveQuery } = this.#ports;
    const { tenant, wait, keep } = this.#setting;
    const query = liveQuery(this.#env, tenant, wanted);
    if ('outcome' in query) return query;
    const group = new Group({
      read: () => this.#read(query),
      hasRoom: (bytes) => this.#groups.hasRoom(bytes),
      turns: this.#turns,
      ...{ nowMs, newId, basePath, wait, keep },
    });
    return { query, group };
  }

  /** Watched first: what is committed before is in the rows, and what comes after is told of. */
  async #read(query: PreparedLiveQuery) {
    try {
      await this.#watches.ensure(query.projection);
      return await query.rows();
    } catch (error) {
      const { projection } = query;
      this.#ports.log('warn', { operation: 'live-query', projection, error: errorText(error) });
      return unreadable;
    }
  }

  async #bringUpTo(
    connection: SocketConnection,
    subscription: SocketSubscription,
    { group, query }: FollowedQuery,
    token: string,
  ): Promise<void> {
    const name = `${query.projection}/${token}`;
    const failure = await this.#tokens.ask(connection.subscriber, name, () =>
      query.bringUpTo(token).catch((): Failure => unreadable),
    );
    if (failure) this.#sendError(connection, failure, { id: subscription.id, token });
    else group.sayConsistent(subscription, token);
  }
}

const unreadable: Failure = {
  outcome: 'unavailable',
  detail: 'The read model cannot be read just now.',
  retryAfterSeconds: 1,
};
