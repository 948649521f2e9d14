/**
 * Everybody who follows the same result. The query runs once for all: at once when something changed, then at most
 * every 100 ms; a change that is told of while it runs makes it run again. Nothing is timed while nothing changes.
 */
import type { LiveRow } from '../../core/live-difference.ts';
import type { Failure } from '../../core/outcome.ts';
import { FollowedResult } from './followed-result.ts';
import { errorFrame, frameText } from './frames.ts';

export const BETWEEN_RUNS_MS = 100;

const RETRY_AFTER_MS = 1_000;
const RETRY_AFTER_MS_MAX = 30_000;

/** One subscription of one socket. */
export interface Follower {
  readonly id: string;
  /** The last `seq` that it has, by its own word. */
  readonly since?: string;
  /** The digest of the rows that it has, from before the object slept. */
  readonly digest?: string;
  /** `digest` is that of the rows which it has with this frame. */
  send(frame: string, digest?: string): void;
}

export interface GroupSetting {
  readonly read: () => Promise<readonly LiveRow[] | Failure>;
  readonly newId: () => string;
  readonly nowMs: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
  /** Gets each run's promise, which is never rejected. */
  readonly keep: (run: Promise<void>) => void;
}

interface WantedToken {
  readonly follower: Follower;
  readonly token: string;
}

export class Group {
  readonly #setting: GroupSetting;
  /** Whether each has been told the result. */
  readonly #followers = new Map<Follower, boolean>();
  #result: FollowedResult | undefined;
  /** Whether the result is followed since it was read, so that newcomers may have it as it is. */
  #isFollowedSince = false;
  #isDirty = false;
  #isRunning = false;
  #lastRunMs = Number.NEGATIVE_INFINITY;
  #failure: Failure | undefined;
  #failures = 0;
  #tokens: WantedToken[] = [];

  constructor(setting: GroupSetting) {
    this.#setting = setting;
  }

  get isFollowed(): boolean {
    return this.#followers.size > 0;
  }

  join(follower: Follower): void {
    this.#followers.set(follower, false);
    if (this.#failure) follower.send(errorFrame(this.#failure, { id: follower.id }));
    if (this.#isFollowedSince && this.#result) this.#answer(follower, this.#result);
    else this.mark();
  }

  leave(follower: Follower): void {
    this.#followers.delete(follower);
    this.#tokens = this.#tokens.filter((wanted) => wanted.follower !== follower);
    if (this.isFollowed) return;
    this.#isFollowedSince = false;
    this.#failure = undefined;
    this.#failures = 0;
  }

  /** The token's events are in the rows: the next run that begins has them. */
  sayConsistent(follower: Follower, token: string): void {
    if (!this.#followers.has(follower)) return;
    this.#tokens.push({ follower, token });
    this.mark();
  }

  /** Something changed. */
  mark(): void {
    this.#isDirty = true;
    if (!this.#isRunning) this.#setting.keep(this.#run());
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isDirty && this.isFollowed) {
      await this.#untilItMay();
      this.#isDirty = false;
      await this.#runOnce();
    }
    this.#isRunning = false;
  }

  async #untilItMay(): Promise<void> {
    const { nowMs, wait } = this.#setting;
    const betweenMs =
      this.#failures === 0
        ? BETWEEN_RUNS_MS
        : Math.min(RETRY_AFTER_MS * 2 ** (this.#failures - 1), RETRY_AFTER_MS_MAX);
    const waitMs = this.#lastRunMs + betweenMs - nowMs();
    if (waitMs > 0) await wait(waitMs);
  }

  async #runOnce(): Promise<void> {
    const tokens = this.#tokens.splice(0);
    this.#lastRunMs = this.#setting.nowMs();
    const rows = await this.#setting.read();
    if ('outcome' in rows) {
      this.#tokens.unshift(...tokens);
      this.#fail(rows);
      return;
    }
    this.#publish(rows);
    for (const { follower, token } of tokens) {
      if (!this.#followers.has(follower)) continue;
      follower.send(frameText('consistent', follower.id, JSON.stringify({ token })));
    }
  }

  /** All of it at once: nobody joins, and nothing is read, between one follower and the next. */
  #publish(rows: readonly LiveRow[]): void {
    const recovers = this.#failure !== undefined;
    const change = this.#result?.move(rows);
    const result = this.#result ?? new FollowedResult(this.#setting.newId(), rows);
    this.#result = result;
    this.#failure = undefined;
    this.#failures = 0;
    this.#isFollowedSince = this.isFollowed;
    for (const [follower, isTold] of this.#followers) {
      if (!isTold) this.#answer(follower, result);
      else if (change) follower.send(frameText('change', follower.id, change), result.digest());
      else if (recovers) follower.send(frameText('current', follower.id, result.current()));
    }
  }

  #answer(follower: Follower, result: FollowedResult): void {
    this.#followers.set(follower, true);
    const { id, since, digest } = follower;
    const missed = since === undefined ? undefined : result.changesAfter(since);
    if (missed === undefined && digest !== result.digest()) {
      follower.send(frameText('snapshot', id, result.snapshot()), result.digest());
      return;
    }
    for (const change of missed ?? []) follower.send(frameText('change', id, change));
    follower.send(frameText('current', id, result.current()), result.digest());
  }

  /** Each hears of it once, and goes on having the rows that it has. What may pass is tried again. */
  #fail(failure: Failure): void {
    this.#failures++;
    this.#isFollowedSince = false;
    if (failure.outcome === 'unavailable') this.#isDirty = true;
    if (this.#failure) return;
    this.#failure = failure;
    for (const follower of this.#followers.keys())
      follower.send(errorFrame(failure, { id: follower.id }));
  }
}
