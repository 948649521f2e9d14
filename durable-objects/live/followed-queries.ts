/**
 * The queries that the sockets of one Live object follow: each subscription belongs to the group of all that follow the
 * same query over the same rows, which is read once for all of them.
 */
import { type Failure, tooManyOpen } from '../../core/aggregate/outcome.ts';
import type { SubscribeFrame } from '../../core/live/live-protocol.ts';
import type { LiveNotification, Watch } from '../../core/live/watch.ts';
import type { SocketConnection, SocketSubscription } from './connection.ts';
import { Group } from './group.ts';
import { type FollowedQuery, Groups } from './groups.ts';
import type { GroupQuery, LivePorts, SubscribedQuery } from './ports.ts';
import type { PrincipalUse } from './principal-use.ts';
import { Reads } from './reads.ts';
import { seenBy } from './socket-caller.ts';
import { TokenLookUps } from './token-look-ups.ts';
import { Watches } from './watches.ts';
import { unreadable, type WantedRead, WaveReader } from './wave-reader.ts';

export interface FollowingSetting {
  readonly tenant: string;
  readonly shard: number;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly keep: (work: Promise<unknown>) => void;
}

export class FollowedQueries<Env> {
  readonly #ports: LivePorts<Env>;
  readonly #env: Env;
  readonly #setting: FollowingSetting;
  readonly #use: PrincipalUse;
  readonly #watches: Watches;
  readonly #groups: Groups;
  readonly #waves: WaveReader<Env>;
  readonly #reads: Reads<WantedRead>;
  readonly #tokens: TokenLookUps;

  constructor(ports: LivePorts<Env>, env: Env, setting: FollowingSetting, use: PrincipalUse) {
    this.#ports = ports;
    this.#env = env;
    this.#setting = setting;
    this.#use = use;
    const { tenant, shard, wait } = setting;
    this.#watches = new Watches({
      newId: ports.newId,
      watch: (projection, registration) =>
        ports.watch(env, { tenant, projection, shard, registration }),
      forget: (watch) => ports.forget(env, watch),
    });
    this.#groups = new Groups((wanted) => this.#newGroup(wanted));
    const clock = { nowMs: ports.nowMs, wait };
    this.#waves = new WaveReader(ports, env, tenant, this.#watches);
    this.#reads = new Reads({ ...clock, readAll: (wave) => this.#waves.readAll(wave) });
    this.#tokens = new TokenLookUps(clock);
  }

  /** Handles changes of rows of these projections. */
  changed(notifications: readonly LiveNotification[]): void {
    for (const { rows, bookmark, ...watch } of notifications) {
      if (bookmark === undefined) this.#waves.starts.lose();
      else this.#waves.starts.notified(bookmark);
      const followed = this.#groups.over(watch.projection);
      const changed = rows && new Set(rows);
      for (const group of followed) if (group.isChangedBy(changed)) group.markChanged();
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

  /** A subscription with a known id replaces the old one. */
  follow(
    connection: SocketConnection,
    { id, since, consistentWith = [], type: _type, ...wanted }: SubscribeFrame,
  ): Failure | undefined {
    const followed = this.#groups.find(this.#scoped(connection, wanted));
    if ('outcome' in followed) return followed;
    const earlier = connection.find(id);
    if (earlier) this.remove(connection, earlier);
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

  unfollow(connection: SocketConnection, id: string): Failure | undefined {
    const subscription = connection.find(id);
    if (!subscription) return { outcome: 'unknown', what: 'subscription', name: id };
    this.remove(connection, subscription);
    return undefined;
  }

  /** A query that the code no longer defines is ended, with the reason. */
  followAgain(connection: SocketConnection, subscription: SocketSubscription): void {
    const followed = this.#groups.find(this.#scoped(connection, subscription.kept));
    if (!('outcome' in followed)) {
      this.#join(connection, subscription, followed.group);
      return;
    }
    connection.remove(subscription.id);
    connection.sendError(followed, { id: subscription.id });
  }

  remove(connection: SocketConnection, subscription: SocketSubscription): void {
    this.leave(connection, subscription);
    connection.remove(subscription.id);
  }

  leave(connection: SocketConnection, subscription: SocketSubscription): void {
    this.#use.leave(connection, subscription);
    this.#groups.leave(this.#scoped(connection, subscription.kept), subscription);
  }

  #join(connection: SocketConnection, subscription: SocketSubscription, group: Group): void {
    this.#use.follow(connection, subscription, group);
    group.join(subscription);
  }

  #overQueries(connection: SocketConnection, group: Group): Failure | undefined {
    const { limits } = connection.caller;
    if (!limits || !this.#use.isOver(connection, group, limits.queries)) return undefined;
    return tooManyOpen('queries', limits.queries);
  }

  /** The query over the rows that the opener of the socket may see. */
  #scoped(connection: SocketConnection, { query, input, key }: SubscribedQuery): GroupQuery {
    const rows = this.#ports.rowsOfQuery(connection.rows, query);
    const opened = connection.opensPersonal && ({ opensPersonal: true } as const);
    return { query, rows, ...opened, ...(input && { input }), ...(key && { key }) };
  }

  #newGroup(wanted: GroupQuery): FollowedQuery | Failure {
    const { nowMs, newId, basePath, liveQuery } = this.#ports;
    const { tenant, wait, keep } = this.#setting;
    const query = liveQuery(this.#env, tenant, wanted);
    if ('outcome' in query) return query;
    const group = new Group({
      take: (subscribers, history, run) =>
        this.#reads.take(subscribers, history, (join) =>
          run((needsPrimary) => join({ query, needsPrimary })),
        ),
      hasRoom: (bytes) => this.#groups.hasRoom(bytes),
      ...{ nowMs, newId, basePath, wait, keep },
    });
    return { query, group };
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
    if (failure) connection.sendError(failure, { id: subscription.id, token });
    else group.sayConsistent(subscription, token);
  }
}
