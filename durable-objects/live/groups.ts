/** The groups of one Live object, by what they follow. Those that nobody follows are kept for a while. */
import { canonicalJson } from '../../core/json.ts';
import { type Failure, wrongState } from '../../core/outcome.ts';
import type { Follower, Group } from './group.ts';
import type { LiveQuery, WantedQuery } from './ports.ts';

/** Ours: each is a query after every change, and its result is held in memory. */
const GROUPS_MAX = 2_000;

/** How many of them nobody may follow. */
const UNFOLLOWED_MAX = 100;

export interface FollowedQuery {
  readonly group: Group;
  readonly query: LiveQuery;
}

export class Groups {
  readonly #make: (wanted: WantedQuery) => FollowedQuery | Failure;
  readonly #dropped: (query: LiveQuery) => void;
  /** The one that was found or left last stands last: what was found to be joined is not dropped before. */
  readonly #groups = new Map<string, FollowedQuery>();

  constructor(
    make: (wanted: WantedQuery) => FollowedQuery | Failure,
    dropped: (query: LiveQuery) => void = () => undefined,
  ) {
    this.#make = make;
    this.#dropped = dropped;
  }

  /** Whether the query is the one of its group: after a drop another one may be. */
  has(wanted: WantedQuery, query: LiveQuery): boolean {
    return this.#groups.get(nameOf(wanted))?.query === query;
  }

  find(wanted: WantedQuery): FollowedQuery | Failure {
    const name = nameOf(wanted);
    const found = this.#groups.get(name) ?? this.#made(wanted);
    if (!('outcome' in found)) this.#putLast(name, found);
    return found;
  }

  #made(wanted: WantedQuery): FollowedQuery | Failure {
    return this.#groups.size < GROUPS_MAX ? this.#make(wanted) : full;
  }

  #putLast(name: string, followed: FollowedQuery): void {
    this.#groups.delete(name);
    this.#groups.set(name, followed);
  }

  leave(wanted: WantedQuery, follower: Follower): void {
    const name = nameOf(wanted);
    const left = this.#groups.get(name);
    if (!left) return;
    left.group.leave(follower);
    this.#putLast(name, left);
    this.dropUnfollowed(UNFOLLOWED_MAX);
  }

  /** Those that were left longest ago go first. */
  dropUnfollowed(kept: number): void {
    const unfollowed = [...this.#groups].filter(([, { group }]) => !group.isFollowed);
    const surplus = unfollowed.slice(0, Math.max(unfollowed.length - kept, 0));
    for (const [name, { query }] of surplus) {
      this.#groups.delete(name);
      this.#dropped(query);
    }
  }

  /** Those that somebody follows, over rows of the projection. */
  over(projection: string): Group[] {
    return [...this.#groups.values()].flatMap(({ group, query }) =>
      group.isFollowed && query.projection === projection ? [group] : [],
    );
  }
}

/** Input that is written differently is a group of its own. */
function nameOf({ query, input, key }: WantedQuery): string {
  return canonicalJson({ query, input, key });
}

const full = wrongState(
  `${GROUPS_MAX} different queries are followed here already. More shards would take more.`,
);
