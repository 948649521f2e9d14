/**
 * One round of deliveries: a page of the feed, and the held streams that are due, a few streams at a time and the events
 * of each in order. An event that fails holds its stream. The place in the feed is stored once, after the page: a process
 * that dies before delivers the page again, with the same ids.
 */
import type { DeliveryAttempt } from '../../core/operator-shapes/subscription.ts';
import { formatPosition, type JournalPosition } from '../../core/plan/journal-position.ts';
import {
  GIVEN_UP_AFTER_MS,
  retryDelayMs,
  type TargetAnswer,
} from '../../core/subscription/retry.ts';
import { afterFailure, HEALTHY, isBroken } from '../../core/subscription/target-health.ts';
import { utcText } from '../../core/values/time.ts';
import type { OutgoingEvent, OutgoingPage } from '../feed-reader/feed-page.ts';
import type { HeldStreams } from '../feed-reader/held-streams.ts';
import type { SubscriptionRow } from './stored-subscription.ts';

/** Ours: the platform opens six connections at a time for an invocation, and the feed needs one. */
const STREAMS_AT_ONCE = 5;

/** Ours: what is not sent within it waits for the next round, so that a slow target holds up no pause and no deletion. */
const ROUND_MS = 10_000;

/** Ours: each is a row of the object when it fails. */
const HELD_AT_ONCE = 100;

export interface RoundParts {
  readonly row: SubscriptionRow;
  readonly held: HeldStreams;
  readonly nowMs: () => number;
  readonly deliver: (event: OutgoingEvent) => Promise<TargetAnswer>;
  /** In one transaction. */
  readonly store: (change: () => void) => void;
}

/** The events of one stream, in order. */
interface Lane {
  readonly stream: string;
  /** Left out: a held stream, whose events are stored. */
  readonly events?: readonly OutgoingEvent[];
}

export class DeliveryRound {
  readonly #parts: RoundParts;
  readonly #endMs: number;
  readonly #attempts: DeliveryAttempt[] = [];
  readonly #lanes: Lane[] = [];

  constructor(parts: RoundParts) {
    this.#parts = parts;
    this.#endMs = parts.nowMs() + ROUND_MS;
  }

  /** A page that was read from `from`, and the held streams that are due. Returns whether anything was tried. */
  async run(page: OutgoingPage | undefined, from: JournalPosition): Promise<boolean> {
    const { held, nowMs } = this.#parts;
    if (page) this.#take(page.events);
    this.#lanes.push(...held.due(nowMs(), HELD_AT_ONCE).map((stream) => ({ stream })));
    return this.#all(page, from, STREAMS_AT_ONCE, Number.POSITIVE_INFINITY);
  }

  /** One event for a broken target: a new one, which says most about it, or that of the stream which waits longest. */
  async probe(page: OutgoingPage | undefined, from: JournalPosition): Promise<boolean> {
    const { held } = this.#parts;
    if (page) this.#take(page.events);
    if (this.#lanes.length === 0) {
      const [stream] = held.due(Number.MAX_SAFE_INTEGER, 1);
      if (stream !== undefined) this.#lanes.push({ stream });
    }
    return this.#all(page, from, 1, 1);
  }

  /** The attempts are kept whatever fails; the place moves once each event was delivered or waits. */
  async #all(
    page: OutgoingPage | undefined,
    from: JournalPosition,
    streams: number,
    attemptsEach: number,
  ): Promise<boolean> {
    const isBusy = this.#lanes.length > 0;
    const work = Array.from({ length: streams }, () => this.#work(attemptsEach));
    const failed = (await Promise.allSettled(work)).find(({ status }) => status === 'rejected');
    this.#end(failed ? undefined : page, from);
    if (failed) await Promise.all(work);
    return isBusy;
  }

  /** Events of held streams wait behind the others of their stream before anything is sent. */
  #take(events: readonly OutgoingEvent[]): void {
    const { held, nowMs, store } = this.#parts;
    const streams = Map.groupBy(events, ({ stream }) => stream);
    store(() => {
      for (const [stream, own] of streams) {
        if (held.has(stream)) held.hold(stream, own, nowMs());
        else this.#lanes.push({ stream, events: own });
      }
    });
  }

  /** `limit`: of attempts. */
  async #work(limit = Number.POSITIVE_INFINITY): Promise<void> {
    for (let left = limit; left > 0; ) {
      const lane = this.#lanes.shift();
      if (!lane) return;
      const { stream, events } = lane;
      left -= events ? await this.#sendNew(stream, events) : await this.#sendHeld(stream, left);
    }
  }

  /** Returns the number of attempts. What is not sent any more waits. */
  async #sendNew(stream: string, events: readonly OutgoingEvent[]): Promise<number> {
    const { held, nowMs, store } = this.#parts;
    for (const [index, event] of events.entries()) {
      const answer = this.#mayGoOn ? await this.#attempt(event) : undefined;
      if (answer?.result === 'delivered') continue;
      store(() => {
        held.hold(stream, events.slice(index), nowMs());
        if (answer) this.#failed(event, answer);
      });
      return index + 1;
    }
    return events.length;
  }

  async #sendHeld(stream: string, limit: number): Promise<number> {
    const { held, nowMs, store } = this.#parts;
    for (let attempts = 0; attempts < limit; attempts++) {
      const event = held.next(stream);
      if (!event || !this.#mayGoOn) return attempts;
      const answer = await this.#attempt(event);
      if (!this.#parts.row.stored) return limit;
      if (answer.result !== 'delivered') {
        store(() => this.#failed(event, answer));
        return attempts + 1;
      }
      store(() => held.ended(event, nowMs()));
    }
    return limit;
  }

  /** A target that asks to be left alone, a broken one, a pause and the end of the round stop all streams. */
  get #mayGoOn(): boolean {
    const { row, nowMs } = this.#parts;
    const { stored } = row;
    if (stored?.status !== 'active') return false;
    const now = nowMs();
    const isFirst = this.#attempts.length === 0;
    return isFirst || (now < this.#endMs && now >= stored.health.quietUntilMs);
  }

  async #attempt(event: OutgoingEvent): Promise<TargetAnswer> {
    const { row, nowMs, held, deliver } = this.#parts;
    const at = utcText(nowMs());
    const answer = await deliver(event);
    this.#attempts.push(attemptOf(event.id, at, answer));
    const { stored } = row;
    if (!stored) return answer;
    if (answer.result === 'delivered') {
      if (isBroken(stored.health)) held.hurry(nowMs());
      if (stored.health.failingSinceMs !== null) row.change({ health: HEALTHY });
    }
    return answer;
  }

  #failed(event: OutgoingEvent, answer: TargetAnswer): void {
    const { row, held, nowMs } = this.#parts;
    const { stored } = row;
    if (!stored) return;
    const now = nowMs();
    if (answer.result === 'gone') {
      row.change({ status: 'disabled', reason: 'The target answered 410.' });
      return;
    }
    held.failed(event.stream, now, (attempts, failedAtMs) => ({
      result: answer.result,
      nextAtMs: now + retryDelayMs(event.id, attempts, answer),
      isParked: now - failedAtMs >= GIVEN_UP_AFTER_MS,
    }));
    const { retryAfterMs } = answer;
    const failure = {
      stream: event.stream,
      nowMs: now,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
    row.change({ health: afterFailure(stored.health, failure) });
  }

  /** A place that was changed meanwhile, by a replay, stays. */
  #end(page: OutgoingPage | undefined, from: JournalPosition): void {
    const { row } = this.#parts;
    const { stored } = row;
    if (!stored) return;
    const isOwn = formatPosition(stored.cursor) === formatPosition(from);
    const attempts = [...this.#attempts.reverse(), ...stored.attempts];
    row.change({ attempts, ...(page && isOwn && { cursor: page.after }) });
  }
}

export function attemptOf(event: string, at: string, answer: TargetAnswer): DeliveryAttempt {
  const { result, status, durationMs } = answer;
  return { at, event, result, status, durationMs };
}
