/**
 * The sockets of one Live object and the groups that they follow. Called by the object for whatever comes in.
 */
import { errorText } from '../../core/error-text.ts';
import type { LiveRow } from '../../core/live-difference.ts';
import {
  type ClientFrame,
  FRAME_CHARACTERS_MAX,
  type SubscribeFrame,
} from '../../core/live-protocol.ts';
import { type Failure, wrongState } from '../../core/outcome.ts';
import type { Watch } from '../../core/watch.ts';
import { Connection, type Subscription } from './connection.ts';
import { errorFrame } from './frames.ts';
import { Group } from './group.ts';
import { type FollowedQuery, Groups } from './groups.ts';
import type { LivePorts, LiveQuery, WantedQuery } from './ports.ts';
import { ResultRoom } from './result-room.ts';
import { Watches } from './watches.ts';

export interface HubSetting {
  readonly tenant: string;
  readonly shard: number;
  readonly wait: (ms: number) => Promise<unknown>;
  /** When the platform last answered a ping of the socket by itself. */
  readonly pingedAtMs: (socket: WebSocket) => number;
  readonly keep: (work: Promise<unknown>) => void;
}

export class Hub<Env> {
  readonly #ports: LivePorts<Env>;
  readonly #env: Env;
  readonly #setting: HubSetting;
  readonly #watches: Watches;
  readonly #connections = new Map<WebSocket, Connection>();
  readonly #groups: Groups;
  readonly #room = new ResultRoom();

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
    this.#groups = new Groups(
      (wanted) => this.#newGroup(wanted),
      (query) => this.#room.release(query),
    );
  }

  get sockets(): number {
    return this.#connections.size;
  }

  /** A new socket, or one that was there before the object slept: what that followed is read again. */
  connect(socket: WebSocket): void {
    const connection = new Connection(socket, {
      nowMs: this.#ports.nowMs,
      pingedAtMs: this.#setting.pingedAtMs,
      closed: () => this.disconnect(socket),
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

  #take(connection: Connection, frame: ClientFrame | Failure): void {
    if ('outcome' in frame) {
      connection.send(errorFrame(frame));
      return;
    }
    const failure =
      frame.type === 'subscribe'
        ? this.#subscribe(connection, frame)
        : this.#unsubscribe(connection, frame.id);
    if (failure) connection.send(errorFrame(failure, { id: frame.id }));
  }

  /** A known id: the new subscription takes the old one's place. */
  #subscribe(
    connection: Connection,
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

  #unsubscribe(connection: Connection, id: string): Failure | undefined {
    const subscription = connection.find(id);
    if (!subscription) return { outcome: 'unknown', what: 'subscription', name: id };
    this.#remove(connection, subscription);
    return undefined;
  }

  #remove(connection: Connection, subscription: Subscription): void {
    this.#groups.leave(subscription.kept, subscription);
    connection.remove(subscription.id);
  }

  /** What the code does not know any more is ended, with its reason. */
  #followAgain(connection: Connection, subscription: Subscription): void {
    const followed = this.#groups.find(subscription.kept);
    if (!('outcome' in followed)) {
      followed.group.join(subscription);
      return;
    }
    connection.remove(subscription.id);
    connection.send(errorFrame(followed, { id: subscription.id }));
  }

  #newGroup(wanted: WantedQuery): FollowedQuery | Failure {
    const { nowMs, newId, liveQuery } = this.#ports;
    const { tenant, wait, keep } = this.#setting;
    const query = liveQuery(this.#env, tenant, wanted);
    if ('outcome' in query) return query;
    const read = async () => this.#fitting(wanted, query, await this.#read(query));
    return { query, group: new Group({ read, nowMs, newId, wait, keep }) };
  }

  /** Watched first: what is committed before is in the rows, and what comes after is told of. */
  async #read(query: LiveQuery) {
    try {
      await this.#watches.ensure(query.projection);
      return await query.rows();
    } catch (error) {
      const { projection } = query;
      this.#ports.log('warn', { operation: 'live-query', projection, error: errorText(error) });
      return unreadable;
    }
  }

  /** Results without followers make room first. */
  #fitting(wanted: WantedQuery, query: LiveQuery, rows: readonly LiveRow[] | Failure) {
    if ('outcome' in rows || !this.#groups.has(wanted, query)) return rows;
    if (this.#room.take(query, rows)) return rows;
    this.#groups.dropUnfollowed(0);
    if (!this.#groups.has(wanted, query)) return rows;
    return this.#room.take(query, rows) ? rows : noRoom;
  }

  async #bringUpTo(
    connection: Connection,
    subscription: Subscription,
    { group, query }: FollowedQuery,
    token: string,
  ): Promise<void> {
    const failure = await query.bringUpTo(token).catch((): Failure => unreadable);
    if (failure) connection.send(errorFrame(failure, { id: subscription.id, token }));
    else group.sayConsistent(subscription, token);
  }
}

interface Breach {
  readonly code: number;
  readonly reason: string;
}

/** What a socket is closed for: RFC 6455, section 7.4.1. Everything else it is told, and stays open. */
function breachOf(connection: Connection, message: string | ArrayBuffer): Breach | undefined {
  if (typeof message !== 'string') return { code: 1003, reason: 'Frames are JSON text.' };
  if (message.length > FRAME_CHARACTERS_MAX) {
    return { code: 1009, reason: `A frame has at most ${FRAME_CHARACTERS_MAX} characters.` };
  }
  return connection.allowsFrame() ? undefined : { code: 1008, reason: 'Too many frames.' };
}

const noRoom: Failure = wrongState(
  'The results that are followed here leave no room for this one. Follow fewer rows, or use more shards.',
);

const unreadable: Failure = {
  outcome: 'unavailable',
  detail: 'The read model cannot be read just now.',
  retryAfterSeconds: 1,
};
