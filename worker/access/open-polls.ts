/**
 * The feeds that wait and the event streams of each principal, in this isolate. A place ends by itself: the platform
 * may end a request whose client has left without another step of it.
 */
import type { CallerLimits } from '../../core/access/caller-limits.ts';
import { type Failure, tooManyOpen } from '../../core/aggregate/outcome.ts';
import { type Identity, principalKey } from './rate-limits.ts';

/** A place among the polls of a principal. */
export interface PollPlace {
  keepUntil(untilMs: number): void;
  leave(): void;
}

interface PollingCaller extends Identity {
  readonly limits: Pick<CallerLimits, 'polls'>;
}

interface Poll {
  untilMs: number;
}

export class OpenPolls {
  readonly #nowMs: () => number;
  readonly #byPrincipal = new Map<string, Set<Poll>>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  enter(caller: PollingCaller, untilMs: number): PollPlace | Failure {
    const { polls } = caller.limits;
    const name = principalKey(caller);
    const open = this.#current(name);
    if (open.size >= polls) return tooManyOpen('polls', polls);
    const poll: Poll = { untilMs };
    this.#byPrincipal.set(name, open.add(poll));
    return {
      keepUntil: (laterMs) => {
        poll.untilMs = laterMs;
      },
      leave: () => {
        open.delete(poll);
        if (open.size === 0) this.#byPrincipal.delete(name);
      },
    };
  }

  #current(name: string): Set<Poll> {
    const open = this.#byPrincipal.get(name) ?? new Set();
    for (const poll of open) if (poll.untilMs < this.#nowMs()) open.delete(poll);
    return open;
  }
}
