/** The sockets of one Live object and the groups that they follow. */

import type { ClientFrame, RenewFrame } from '../../core/live/live-protocol.ts';
import type { LiveNotification } from '../../core/live/watch.ts';
import { breachOf } from './breach.ts';
import { SocketConnection } from './connection.ts';
import { type Dismissal, isDismissed } from './dismissal.ts';
import { FollowedQueries, type FollowingSetting } from './followed-queries.ts';
import { renewedFrame } from './frames.ts';
import { KeyChecks } from './key-checks.ts';
import type { LivePorts, ReadTicket, RefusedFrame } from './ports.ts';
import { PrincipalUse } from './principal-use.ts';
import { isSameCaller, type SocketCaller } from './socket-caller.ts';
import { DISMISSED, EXPIRED } from './socket-end.ts';
import { SocketPlaces } from './socket-places.ts';
import { TenantCheck } from './tenant-check.ts';
import { type UsedTicket, UsedTickets } from './used-tickets.ts';

export interface HubSetting extends FollowingSetting {
  readonly socketsMax: number;
  readonly acceptedAtMs: (socket: WebSocket) => number;
  /** The time when the platform last answered a ping of the socket. */
  readonly pingedAtMs: (socket: WebSocket) => number;
}

export class Hub<Env> {
  readonly #ports: LivePorts<Env>;
  readonly #env: Env;
  readonly #setting: HubSetting;
  readonly #connections = new Map<WebSocket, SocketConnection>();
  readonly #use = new PrincipalUse();
  readonly #places: SocketPlaces;
  readonly #queries: FollowedQueries<Env>;
  readonly #keys: KeyChecks;
  readonly #tenant: TenantCheck;
  readonly #tickets: UsedTickets;

  constructor(ports: LivePorts<Env>, env: Env, setting: HubSetting) {
    this.#ports = ports;
    this.#env = env;
    this.#setting = setting;
    const { nowMs } = ports;
    const { tenant, socketsMax } = setting;
    const [connections, use] = [this.#connections, this.#use];
    this.#places = new SocketPlaces({ nowMs, socketsMax, connections, use });
    this.#queries = new FollowedQueries(ports, env, setting, use);
    this.#tickets = new UsedTickets(nowMs);
    this.#keys = new KeyChecks({ nowMs, read: (key) => ports.keyValidity(env, key) });
    this.#tenant = new TenantCheck({ nowMs, read: () => ports.tenantValidity(env, tenant) });
  }

  /** Whether one more socket fits. */
  hasPlace(): boolean {
    return this.#places.hasPlace();
  }

  /** Whether the principal may open one more socket here. */
  mayOpen(caller: SocketCaller): boolean {
    return this.#places.mayOpen(caller);
  }

  /** False for a ticket that was used before. */
  uses(ticket: UsedTicket): boolean {
    return this.#tickets.use(ticket);
  }

  /** Adds a new socket, or one from before a hibernation, whose queries are read again. */
  connect(socket: WebSocket): void {
    const { nowMs, basePath, visibleRows, opensPersonal } = this.#ports;
    const { tenant, acceptedAtMs, pingedAtMs, keep } = this.#setting;
    const connection = new SocketConnection(socket, {
      ...{ nowMs, acceptedAtMs, pingedAtMs, keep, keys: this.#keys },
      ...{ tenant: this.#tenant, basePath },
      visibleRows: (caller) => visibleRows(tenant, caller),
      opensPersonal: (caller) => opensPersonal(tenant, caller),
      closed: () => this.disconnect(socket),
      ended: (subscription) => this.#queries.remove(connection, subscription),
    });
    this.#connections.set(socket, connection);
    this.#use.connect(connection);
    for (const subscription of connection.subscriptions) {
      this.#queries.followAgain(connection, subscription);
    }
  }

  disconnect(socket: WebSocket): void {
    const connection = this.#connections.get(socket);
    if (!connection) return;
    this.#connections.delete(socket);
    for (const subscription of connection.subscriptions) {
      this.#queries.leave(connection, subscription);
    }
    this.#use.disconnect(connection);
  }

  /** Handles changes of rows of these projections. */
  changed(notifications: readonly LiveNotification[]): void {
    this.#queries.changed(notifications);
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
      connection.sendError(failure, about);
      return;
    }
    if (frame.type === 'renew') {
      this.#renew(connection, frame);
      return;
    }
    const failure =
      frame.type === 'subscribe'
        ? this.#queries.follow(connection, frame)
        : this.#queries.unfollow(connection, frame.id);
    if (failure) connection.sendError(failure, { id: frame.id });
  }

  /** With another caller, or without a valid ticket, the socket is closed: the next one is opened with its own. */
  #renew(connection: SocketConnection, { id, ticket }: RenewFrame): void {
    const read = this.#ports.readTicket(this.#env, ticket);
    if (read && this.#isFor(read, connection) && this.uses(read.ticket)) {
      connection.renew(read.caller);
      connection.send(renewedFrame(id, read.caller.untilMs));
      return;
    }
    connection.sendError({ outcome: 'unauthorized', why: 'invalid' }, { id }, () =>
      connection.close(EXPIRED.code, EXPIRED.reason),
    );
  }

  #isFor({ tenant, shard, caller }: ReadTicket, connection: SocketConnection): boolean {
    const isOfHere = tenant === this.#setting.tenant && shard === this.#setting.shard;
    return isOfHere && isSameCaller(caller, connection.caller);
  }
}
