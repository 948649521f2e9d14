/**
 * The subscriptions of one result. The query runs once for all of them, in a turn of one subscriber: at once after a
 * change, then at most ten times a second; a change during a run makes it run again. No timer runs while nothing
 * changes.
 */

import type { Failure } from '../../core/aggregate/outcome.ts';
import type { LiveRow } from '../../core/live/live-difference.ts';
import { backoff } from '../../core/values/backoff.ts';
import { valueBytes } from '../../core/values/bytes.ts';
import { FollowedResult } from './followed-result.ts';
import { errorFrame, frameText } from './frames.ts';
import type { ResultRead } from './ports.ts';
import { laneMs, type ReadHistory } from './reads.ts';
import type { Turn, TurnOwner } from './turns.ts';

/** Runs begin at its multiples, so that groups that changed together are read together. */
export const BETWEEN_RUNS_MS = 100;

const RETRY_AFTER_MS = { first: 1_000, max: 30_000 };

/** One subscription of one socket. */
export interface GroupSubscription {
  readonly id: string;
  readonly subscriber: TurnOwner;
  /** The last `seq` that the client has. */
  readonly since?: string;
  /** The digest of the client's rows, from before the object hibernated. */
  readonly digest?: string;
  /** `digest` is that of the rows after this frame. */
  send(frame: string, digest?: string): void;
  /** Sends the last frame and ends the subscription. */
  end(frame: string): void;
}

/** `needsPrimary`: a replica may lack something that the result must include. */
export type ReadQuery = (needsPrimary: boolean) => Promise<ResultRead>;

export interface GroupSetting {
  /** Queues a run, which reads the query once, synchronously, and resolves to the milliseconds that its subscriber is charged. */
  readonly take: (
    subscribers: Iterable<TurnOwner>,
    history: ReadHistory,
    run: (read: ReadQuery) => Promise<number | undefined>,
  ) => Turn;
  readonly newId: () => string;
  /** Under which the API is served. */
  readonly basePath: string;
  readonly nowMs: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
  /** Whether all results together may grow by so many bytes; kept changes are dropped to make room for rows. */
  readonly hasRoom: (bytes: number) => boolean;
  /** Gets the promise of each run. It rejects for a bug in the code; the next change runs again. */
  readonly keep: (run: Promise<void>) => void;
}

interface WantedToken {
  readonly follower: GroupSubscription;
  readonly token: string;
}

export class Group {
  readonly #setting: GroupSetting;
  /** Whether each subscription has been sent the result. */
  readonly #followers = new Map<GroupSubscription, boolean>();
  #result: FollowedResult | undefined;
  /** The one row of which the result consists, as it was read last. */
  #row: string | undefined;
  /** Whether the result has been followed since it was read, so that new subscriptions can get it without a read. */
  #isFollowedSince = false;
  #d1Ms: number | undefined;
  #isDirty = false;
  /** The marks that only a read of the primary surely includes, and how many of them the result has. */
  #primaryMarks = 0;
  #primaryMarksRead = 0;
  #isRunning = false;
  #turn: Turn | undefined;
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

  get bytes(): number {
    return this.#result?.bytes ?? 0;
  }

  /** The bytes of the rows alone: everything else can be read again. */
  get neededBytes(): number {
    return this.isFollowed ? (this.#result?.rowsBytes ?? 0) : 0;
  }

  /** Drops what is kept only for subscriptions that reconnect. */
  economize(): void {
    this.#result?.economize();
    if (!this.isFollowed) this.#result = undefined;
  }

  join(follower: GroupSubscription): void {
    this.#followers.set(follower, false);
    this.#turn?.isAlsoOf(follower.subscriber);
    if (this.#failure) follower.send(this.#errorFrame(this.#failure, follower));
    if (this.#isFollowedSince && this.#result) this.#answer(follower, this.#result);
    else this.mark();
  }

  #errorFrame(failure: Failure, { id }: GroupSubscription): string {
    return errorFrame(failure, { id }, this.#setting.basePath);
  }

  leave(follower: GroupSubscription): void {
    this.#followers.delete(follower);
    this.#tokens = this.#tokens.filter((wanted) => wanted.follower !== follower);
    if (this.isFollowed) return;
    this.#isFollowedSince = false;
    this.#failure = undefined;
    this.#failures = 0;
  }

  /** Confirms that the rows include the token's events, with the next run that begins. */
  sayConsistent(follower: GroupSubscription, token: string): void {
    if (!this.#followers.has(follower)) return;
    this.#tokens.push({ follower, token });
    this.mark();
  }

  /** Whether changes of these rows may change the result; undefined: any rows. */
  isChangedBy(rows: ReadonlySet<string> | undefined): boolean {
    return rows === undefined || this.#row === undefined || rows.has(this.#row);
  }

  /** Marks the result as changed, by something that the primary has. */
  mark(): void {
    this.#primaryMarks++;
    this.markChanged();
  }

  /** Marks the result as changed, by a commit whose bookmark is known. */
  markChanged(): void {
    this.#isDirty = true;
    if (!this.#isRunning) this.#setting.keep(this.#run());
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#isDirty && this.isFollowed) {
        await this.#untilItMay();
        await this.#takeTurn();
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #takeTurn(): Promise<void> {
    if (!this.isFollowed) return;
    const { take } = this.#setting;
    this.#turn = take(this.#subscribers(), this.#history, (read) => this.#runOnce(read));
    await this.#turn.ended.finally(() => {
      this.#turn = undefined;
    });
  }

  get #history(): ReadHistory {
    return { d1Ms: this.#d1Ms, bytes: this.#result?.rowsBytes ?? 0, failures: this.#failures };
  }

  *#subscribers(): Iterable<TurnOwner> {
    for (const { subscriber } of this.#followers.keys()) yield subscriber;
  }

  async #untilItMay(): Promise<void> {
    const { nowMs, wait } = this.#setting;
    const nextRunMs =
      this.#failures === 0
        ? nextMultiple(this.#lastRunMs)
        : this.#lastRunMs + backoff(RETRY_AFTER_MS, this.#failures);
    const waitMs = nextRunMs - nowMs();
    if (waitMs > 0) await wait(waitMs);
  }

  async #runOnce(read: ReadQuery): Promise<number | undefined> {
    if (!this.isFollowed) return 0;
    this.#isDirty = false;
    const tokens = this.#tokens.splice(0);
    const marks = this.#primaryMarks;
    this.#lastRunMs = this.#setting.nowMs();
    const { rows, row, d1Ms } = await read(marks > this.#primaryMarksRead);
    const failure = 'outcome' in rows ? rows : this.#publish(rows);
    this.#row = failure ? undefined : row;
    this.#d1Ms = d1Ms ?? this.#d1Ms;
    if (failure) {
      this.#tokens.unshift(...tokens);
      this.#fail(failure);
      return d1Ms ?? 0;
    }
    this.#primaryMarksRead = marks;
    for (const { follower, token } of tokens) {
      if (!this.#followers.has(follower)) continue;
      follower.send(frameText('consistent', follower.id, JSON.stringify({ token })));
    }
    return d1Ms === undefined ? undefined : laneMs(this.#history);
  }

  /** Synchronous, so that no subscription joins and nothing is read between two sends. */
  #publish(rows: readonly LiveRow[]): Failure | undefined {
    const bytes = valueBytes(rows);
    if (!this.#setting.hasRoom(bytes - (this.#result?.rowsBytes ?? 0))) return noRoom;
    const recovers = this.#failure !== undefined;
    const change = this.#result?.move(rows, bytes);
    const result = this.#result ?? new FollowedResult(this.#setting.newId(), rows, bytes);
    this.#result = result;
    this.#failure = undefined;
    this.#failures = 0;
    this.#isFollowedSince = this.isFollowed;
    for (const [follower, isNotified] of this.#followers) {
      if (!isNotified) this.#answer(follower, result);
      else if (change) follower.send(frameText('change', follower.id, change), result.digest());
      else if (recovers) follower.send(frameText('current', follower.id, result.current()));
    }
    this.#setting.hasRoom(0);
    return undefined;
  }

  #answer(follower: GroupSubscription, result: FollowedResult): void {
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

  /**
   * Notifies each subscription once. After a transient failure the rows stay, and the query is retried or waits for a
   * change; any other failure ends the subscriptions.
   */
  #fail(failure: Failure): void {
    this.#failures++;
    this.#primaryMarks++;
    this.#isFollowedSince = false;
    if (failure.outcome === 'unavailable') this.#isDirty = true;
    if (this.#failure?.outcome === failure.outcome) return;
    const isPassing = PASSING.includes(failure.outcome);
    if (isPassing) this.#failure = failure;
    for (const follower of [...this.#followers.keys()]) {
      const frame = this.#errorFrame(failure, follower);
      if (isPassing) follower.send(frame);
      else follower.end(frame);
    }
  }
}

function nextMultiple(ms: number): number {
  return BETWEEN_RUNS_MS * (Math.floor(ms / BETWEEN_RUNS_MS) + 1);
}

/** A result that is too large may be smaller after the next change. */
const PASSING: readonly Failure['outcome'][] = ['unavailable', 'too-large', 'too-many-rows'];

const noRoom: Failure = {
  outcome: 'unavailable',
  detail:
    'The results that are followed here leave no room for this one; it is read again later. Follow fewer rows, or use more shards.',
  retryAfterSeconds: 30,
};
