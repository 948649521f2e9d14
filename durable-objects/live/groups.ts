/** The groups of one Live object, by their query. Those without a subscription are kept for a while. */

import { type Failure, wrongState } from '../../core/aggregate/outcome.ts';
import { canonicalJson } from '../../core/values/json.ts';
import type { Group, GroupSubscription } from './group.ts';
import type { GroupQuery, PreparedLiveQuery } from './ports.ts';
import { makeRoom } from './result-room.ts';

/** Our limit: each group runs a query after every change and holds its result in memory. */
const GROUPS_MAX = 2_000;

/** The maximum number of groups without a subscription. */
const UNFOLLOWED_MAX = 100;

export interface FollowedQuery {
  readonly group: Group;
  readonly query: PreparedLiveQuery;
}

export class Groups {
  readonly #make: (wanted: GroupQuery) => FollowedQuery | Failure;
  /**
   * The group that was found or left last is the last one, so that a group that is about to be joined is not dropped
   * first.
   */
  readonly #groups = new Map<string, FollowedQuery>();

  constructor(make: (wanted: GroupQuery) => FollowedQuery | Failure) {
    this.#make = make;
  }

  find(wanted: GroupQuery): FollowedQuery | Failure {
    const name = nameOf(wanted);
    const found = this.#groups.get(name) ?? this.#made(wanted);
    if (!('outcome' in found)) this.#putLast(name, found);
    return found;
  }

  /** Queries that were refused after they were found take no place of others. */
  #made(wanted: GroupQuery): FollowedQuery | Failure {
    this.#dropUnfollowed();
    return this.#groups.size < GROUPS_MAX ? this.#make(wanted) : full;
  }

  #putLast(name: string, followed: FollowedQuery): void {
    this.#groups.delete(name);
    this.#groups.set(name, followed);
  }

  leave(wanted: GroupQuery, follower: GroupSubscription): void {
    const name = nameOf(wanted);
    const left = this.#groups.get(name);
    if (!left) return;
    left.group.leave(follower);
    this.#putLast(name, left);
    this.#dropUnfollowed();
  }

  /** Drops the groups that were left longest ago first. */
  #dropUnfollowed(): void {
    const unfollowed = [...this.#groups].filter(([, { group }]) => !group.isFollowed);
    const surplus = unfollowed.slice(0, Math.max(unfollowed.length - UNFOLLOWED_MAX, 0));
    for (const [name] of surplus) this.#groups.delete(name);
  }

  /** Whether their results together may grow by so many bytes. */
  hasRoom(bytes: number): boolean {
    return makeRoom(
      [...this.#groups.values()].map(({ group }) => group),
      bytes,
    );
  }

  /** The groups with a subscription over rows of the projection. */
  over(projection: string): Group[] {
    return [...this.#groups.values()].flatMap(({ group, query }) =>
      group.isFollowed && query.projection === projection ? [group] : [],
    );
  }
}

/** Independent of the order of the input's members. Values that are written differently are different. */
function nameOf({ input, key, ...other }: GroupQuery): string {
  return canonicalJson({ ...other, input: input ?? (key ? undefined : {}), key });
}

const full = wrongState(
  `${GROUPS_MAX} different queries are followed here already. More shards would take more.`,
);
