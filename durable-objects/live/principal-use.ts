/**
 * What each principal uses of a Live object: its sockets, and the different queries that they follow. Two subscriptions
 * of one result are one query. Rebuilt from the sockets after a hibernation.
 */
import type { SocketConnection, SocketSubscription } from './connection.ts';
import type { Group } from './group.ts';

interface Use {
  readonly sockets: Set<SocketConnection>;
  readonly queries: Map<Group, Set<SocketSubscription>>;
}

export class PrincipalUse {
  readonly #byActor = new Map<string, Use>();
  readonly #groups = new Map<SocketSubscription, Group>();

  sockets(actor: string): ReadonlySet<SocketConnection> {
    return this.#byActor.get(actor)?.sockets ?? new Set();
  }

  connect(connection: SocketConnection): void {
    this.#of(connection).sockets.add(connection);
  }

  /** After its subscriptions have left. */
  disconnect(connection: SocketConnection): void {
    const use = this.#of(connection);
    use.sockets.delete(connection);
    if (use.sockets.size === 0) this.#byActor.delete(connection.caller.actor);
  }

  /** Whether the query is one more than the principal may follow. */
  isOver(connection: SocketConnection, group: Group, queriesMax: number): boolean {
    const { queries } = this.#of(connection);
    return !queries.has(group) && queries.size >= queriesMax;
  }

  follow(connection: SocketConnection, subscription: SocketSubscription, group: Group): void {
    const { queries } = this.#of(connection);
    queries.set(group, (queries.get(group) ?? new Set()).add(subscription));
    this.#groups.set(subscription, group);
  }

  leave(connection: SocketConnection, subscription: SocketSubscription): void {
    const group = this.#groups.get(subscription);
    if (!group) return;
    this.#groups.delete(subscription);
    const { queries } = this.#of(connection);
    const followers = queries.get(group);
    followers?.delete(subscription);
    if (followers?.size === 0) queries.delete(group);
  }

  #of({ caller: { actor } }: SocketConnection): Use {
    const use = this.#byActor.get(actor) ?? { sockets: new Set(), queries: new Map() };
    this.#byActor.set(actor, use);
    return use;
  }
}
