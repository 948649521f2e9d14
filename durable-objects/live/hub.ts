/** The sockets of one Live object and the groups that they follow. */

import { type Failure, tooManyOpen } from '../../core/aggregate/outcome.ts';
import type { ClientFrame, RenewFrame, SubscribeFrame } from '../../core/live/live-protocol.ts';
import type { Watch } from '../../core/live/watch.ts';
import { breachOf } from './breach.ts';
import { SocketConnection, type SocketSubscription } from './connection.ts';
import { type Dismissal, isDismissed } from './dismissal.ts';
import { type ErrorSubject, errorFrame, renewedFrame } from './frames.ts';
import { Group } from './group.ts';
import { type FollowedQuery, Groups } from './groups.ts';
import { KeyChecks } from './key-checks.ts';
import type {
  GroupQuery,
  LivePorts,
  PreparedLiveQuery,
  ReadTicket,
  RefusedFrame,
  SubscribedQuery,
} from './ports.ts';
import { PrincipalUse } from './principal-use.ts';
import { isSameCaller, type SocketCaller, seenBy } from './socket-caller.ts';
import { DISMISSED, EXPIRED } from './socket-end.ts';
import { TenantCheck } from './tenant-check.ts';
import { TokenLookUps } from './token-look-ups.ts';
import { Turns } from './turns.ts';
import { type UsedTicket, UsedTickets } from './used-tickets.ts';
import { Watches } from './watches.ts';

/**
 * Our value: a client pings about every 30 seconds. A socket that is silent for longer may lose its place to a new one.
 */
const SILENT_MS = 60_000;

/** The minimum time between two searches for silent sockets in a full object. */
const LOOK_AGAIN_MS = 1_000;

/**
 * The platform opens six connections at once, so that a seventh read would wait out of turn. The reads of one
 * subscriber run one by one: the bottleneck is the object's processor, 30 ms and more per thousand rows.
 */
const READS = { runsMax: 6, runsOfOneMax: 1 } as const;

export interface HubSetting {
  readonly tenant: string;
  readonly shard: number;
  readonly socketsMax: number;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly acceptedAtMs: (socket: WebSocket) => number;
  /** The time when the platform last answered a ping of the socket. */
  readonly pingedAtMs: (socket: WebSocket) => number;
  readonly keep: (work: Promise<unknown>) => void;
}

export class Hub<Env> {
  readonly #ports: LivePorts<Env>;
  readonly #env: Env;
  readonly #setting: HubSetting;
  readonly #watches: Watches;
  readonly #connections = new Map<WebSocket, SocketConnection>();
  readonly #use = new PrincipalUse();
  readonly #groups: Groups;
  readonly #turns: Turns;
  readonly #tokens: TokenLookUps;
  readonly #keys: KeyChecks;
  readonly #tenant: TenantCheck;
  readonly #tickets: UsedTickets;
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
    this.#tickets = new UsedTickets(ports.nowMs);
    this.#keys = new KeyChecks({
      nowMs: ports.nowMs,
      read: (key) => ports.keyValidity(env, key),
    });
    this.#tenant = new TenantCheck({
      nowMs: ports.nowMs,
      read: () => ports.tenantValidity(env, tenant),
    });
  }

  /** Whether one more socket fits. A full object closes the sockets of silent clients. */
  hasPlace(): boolean {
    const { socketsMax } = this.#setting;
    if (this.#connections.size >= socketsMax) this.#lookForSilent();
    return this.#connections.size < socketsMax;
  }

  /** Whether the principal may open one more socket here. Over its limit, its silent sockets are closed first. */
  mayOpen({ actor, limits }: SocketCaller): boolean {
    const open = this.#use.sockets(actor);
    if (!limits || open.size < limits.sockets) return true;
    this.#closeSilent([...open]);
    return open.size < limits.sockets;
  }

  /** False for a ticket that was used before. */
  uses(ticket: UsedTicket): boolean {
    return this.#tickets.use(ticket);
  }

  #lookForSilent(): void {
    const now = this.#ports.nowMs();
    if (now - this.#lookedMs < LOOK_AGAIN_MS) return;
    this.#lookedMs = now;
    this.#closeSilent([...this.#connections.values()]);
  }

  #closeSilent(connections: readonly SocketConnection[]): void {
    const now = this.#ports.nowMs();
    for (const connection of connections) {
      if (now - connection.lastSignMs < SILENT_MS) continue;
      connection.close(1013, 'Full, and this client was silent. Reconnect, and ping every 30 s.');
    }
  }

  /** Adds a new socket, or one from before a hibernation, whose queries are read again. */
  connect(socket: WebSocket): void {
    const { nowMs, visibleRows } = this.#ports;
    const { tenant, acceptedAtMs, pingedAtMs, keep } = this.#setting;
    const connection = new SocketConnection(socket, {
      ...{ nowMs, acceptedAtMs, pingedAtMs, keep, keys: this.#keys },
      tenant: this.#tenant,
      visibleRows: (caller) => visibleRows(tenant, caller),
      closed: () => this.disconnect(socket),
      ended: (subscription) => this.#remove(connection, subscription),
    });
    this.#connections.set(socket, connection);
    this.#use.connect(connection);
    for (const subscription of connection.subscriptions) {
      this.#followAgain(connection, subscription);
    }
  }

  disconnect(socket: WebSocket): void {
    const connection = this.#connections.get(socket);
    if (!connection) return;
    this.#connections.delete(socket);
    for (const subscription of connection.subscriptions) this.#leave(connection, subscription);
    this.#use.disconnect(connection);
  }

  /** Handles a commit of rows of these projections. */
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
      // The object is then notified once more without effect.
      log('warn', {
        operation: 'forget-watch',
        projection: watch.projection,
        error,
      });
    });
    this.#setting.keep(forgotten);
  }

  /** Where a credential is named, it is read again and says whether its sockets end, and how. */
  dismiss(dismissal: Dismissal): void {
    const dismissed = [...this.#connections.values()].filter(({ caller }) =>
      isDismissed(caller, dismissal),
    );
    const closes = dismissal.credential === undefined;
    for (const { caller } of dismissed) if (caller.key) this.#keys.forget(caller.key);
    for (const connection of dismissed) {
      if (closes) connection.close(DISMISSED.code, DISMISSED.reason);
      else connection.check();
    }
  }

  receive(socket: WebSocket, message: string | ArrayBuffer): void {
    const connection = this.#connections.get(socket);
    if (!connection) return;
    const breach = connection.end ?? breachOf(connection, message);
    if (breach) connection.close(breach.code, breach.reason);
    else this.#take(connection, this.#ports.readFrame(String(message)));
  }

  #take(connection: SocketConnection, frame: ClientFrame | RefusedFrame): void {
    if ('failure' in frame) {
      const { failure, ...about } = frame;
      this.#sendError(connection, failure, about);
      return;
    }
    if (frame.type === 'renew') {
      this.#renew(connection, frame);
      return;
    }
    const failure =
      frame.type === 'subscribe'
        ? this.#subscribe(connection, frame)
        : this.#unsubscribe(connection, frame.id);
    if (failure) this.#sendError(connection, failure, { id: frame.id });
  }

  /** With another caller, or without a valid ticket, the socket is closed: the next one is opened with its own. */
  #renew(connection: SocketConnection, { id, ticket }: RenewFrame): void {
    const read = this.#ports.readTicket(this.#env, ticket);
    if (read && this.#isFor(read, connection) && this.uses(read.ticket)) {
      connection.renew(read.caller);
      connection.send(renewedFrame(id, read.caller.untilMs));
      return;
    }
    const frame = errorFrame(
      { outcome: 'unauthorized', why: 'invalid' },
      { id },
      this.#ports.basePath,
    );
    connection.send(frame, () => connection.close(EXPIRED.code, EXPIRED.reason));
  }

  #isFor({ tenant, shard, caller }: ReadTicket, connection: SocketConnection): boolean {
    const isOfHere = tenant === this.#setting.tenant && shard === this.#setting.shard;
    return isOfHere && isSameCaller(caller, connection.caller);
  }

  #sendError(connection: SocketConnection, failure: Failure, about: ErrorSubject): void {
    connection.send(errorFrame(failure, about, this.#ports.basePath));
  }

  /** A subscription with a known id replaces the old one. */
  #subscribe(
    connection: SocketConnection,
    { id, since, consistentWith = [], type: _type, ...wanted }: SubscribeFrame,
  ): Failure | undefined {
    const followed = this.#groups.find(this.#scoped(connection, wanted));
    if ('outcome' in followed) return followed;
    const earlier = connection.find(id);
    if (earlier) this.#remove(connection, earlier);
    const over = this.#overQueries(connection, followed.group);
    if (over) return over;
    const subscription = connection.add(id, wanted, since);
    if ('outcome' in subscription) return subscription;
    this.#join(connection, subscription, followed.group);
    for (const token of consistentWith) {
      this.#setting.keep(this.#bringUpTo(connection, subscription, followed, token));
    }
    return undefined;
  }

  #overQueries(connection: SocketConnection, group: Group): Failure | undefined {
    const { limits } = connection.caller;
    if (!limits || !this.#use.isOver(connection, group, limits.queries)) return undefined;
    return tooManyOpen('queries', limits.queries);
  }

  #unsubscribe(connection: SocketConnection, id: string): Failure | undefined {
    const subscription = connection.find(id);
    if (!subscription) return { outcome: 'unknown', what: 'subscription', name: id };
    this.#remove(connection, subscription);
    return undefined;
  }

  #remove(connection: SocketConnection, subscription: SocketSubscription): void {
    this.#leave(connection, subscription);
    connection.remove(subscription.id);
  }

  #join(connection: SocketConnection, subscription: SocketSubscription, group: Group): void {
    this.#use.follow(connection, subscription, group);
    group.join(subscription);
  }

  #leave(connection: SocketConnection, subscription: SocketSubscription): void {
    this.#use.leave(connection, subscription);
    this.#groups.leave(this.#scoped(connection, subscription.kept), subscription);
  }

  /** A query that the code no longer defines is ended, with the reason. */
  #followAgain(connection: SocketConnection, subscription: SocketSubscription): void {
    const followed = this.#groups.find(this.#scoped(connection, subscription.kept));
    if (!('outcome' in followed)) {
      this.#join(connection, subscription, followed.group);
      return;
    }
    connection.remove(subscription.id);
    this.#sendError(connection, followed, { id: subscription.id });
  }

  /** The query over the rows that the opener of the socket may see. */
  #scoped(connection: SocketConnection, { query, input, key }: SubscribedQuery): GroupQuery {
    const rows = this.#ports.rowsOfQuery(connection.rows, query);
    return { query, rows, ...(input && { input }), ...(key && { key }) };
  }

  #newGroup(wanted: GroupQuery): FollowedQuery | Failure {
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

  /**
   * Registers the watch before it reads: rows committed before are in the result, and later commits notify the object.
   */
  async #read(query: PreparedLiveQuery) {
    try {
      await this.#watches.ensure(query.projection);
      return await query.rows();
    } catch (error) {
      const { projection } = query;
      this.#ports.log('warn', { operation: 'live-query', projection, error });
      return unreadable;
    }
  }

  async #bringUpTo(
    connection: SocketConnection,
    subscription: SocketSubscription,
    { group, query }: FollowedQuery,
    token: string,
  ): Promise<void> {
    const { caller } = connection;
    // What a token says depends on what its caller may read.
    const name = `${query.projection}/${token}/${caller.isUnrestricted ?? false}/${seenBy(caller)}`;
    const failure = await this.#tokens.ask(connection.subscriber, name, () =>
      query.bringUpTo(token, caller).catch((): Failure => unreadable),
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
