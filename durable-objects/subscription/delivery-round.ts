/**
 * One round of deliveries: a page of the feed, and the held streams that are due, a few streams at a time and the events
 * of each in order, alone or several together. An event that fails holds its stream. The place in the feed is stored once, after the page: a process
 * that dies before delivers the page again, with the same ids.
 */
import type { DeliveryAttempt } from '../../core/operator-shapes/subscription.ts';
import { formatPosition, type JournalPosition } from '../../core/plan/journal-position.ts';
import { firstBatch, lanesOf } from '../../core/subscription/delivery-batch.ts';
import {
  GIVEN_UP_AFTER_MS,
  retryDelayMs,
  type TargetAnswer,
} from '../../core/subscription/retry.ts';
import { afterFailure, HEALTHY, isBroken } from '../../core/subscription/target-health.ts';
import { utcText } from '../../core/values/time.ts';
import type { OutgoingEvent, OutgoingPage } from '../feed-reader/feed-page.ts';
import type { HeldStreams } from '../feed-reader/held-streams.ts';
import type { SentEvent } from './ports.ts';
import type { SubscriptionDefinition, SubscriptionRow } from './stored-subscription.ts';

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
  readonly definition: Pick<SubscriptionDefinition, 'batch' | 'isUnordered'>;
  readonly deliver: (events: readonly OutgoingEvent[]) => Promise<TargetAnswer>;
  /** In one transaction. */
  readonly store: (change: () => void) => void;
}

/** Events that are sent one batch after the other: new ones, of whole streams, or those of a held stream, which are stored. */
type Lane = { readonly events: readonly OutgoingEvent[] } | { readonly held: string };

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
    this.#lanes.push(...held.due(nowMs(), HELD_AT_ONCE).map((stream) => ({ held: stream })));
    return this.#all(page, from, STREAMS_AT_ONCE, Number.POSITIVE_INFINITY);
  }

  /** One event for a broken target: a new one, which says most about it, or that of the stream which waits longest. */
  async probe(page: OutgoingPage | undefined, from: JournalPosition): Promise<boolean> {
    const { held } = this.#parts;
    if (page) this.#take(page.events);
    if (this.#lanes.length === 0) {
      const [stream] = held.due(Number.MAX_SAFE_INTEGER, 1);
      if (stream !== undefined) this.#lanes.push({ held: stream });
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
  #take(page: readonly OutgoingEvent[]): void {
    const { held, nowMs, store, definition } = this.#parts;
    const events = definition.isUnordered ? page.map(alone) : page;
    const streams = Map.groupBy(events, ({ stream }) => stream);
    const isHeld = new Set([...streams.keys()].filter((stream) => held.has(stream)));
    store(() => {
      for (const stream of isHeld) held.hold(stream, streams.get(stream) ?? [], nowMs());
    });
    const free = events.filter(({ stream }) => !isHeld.has(stream));
    this.#lanes.push(...lanesOf(free, definition.batch).map((own) => ({ events: own })));
  }

  /** `limit`: of attempts. */
  async #work(limit = Number.POSITIVE_INFINITY): Promise<void> {
    for (let left = limit; left > 0; ) {
      const lane = this.#lanes.shift();
      if (!lane) return;
      left -=
        'events' in lane ? await this.#sendNew(lane.events) : await this.#sendHeld(lane.held, left);
    }
  }

  /** Returns the number of attempts. Of a batch that fails each stream is held; what is not sent any more waits. */
  async #sendNew(events: readonly OutgoingEvent[]): Promise<number> {
    const { held, nowMs, store, definition } = this.#parts;
    let attempts = 0;
    for (let rest = events; rest.length > 0; ) {
      const batch = firstBatch(rest, definition.batch);
      const answer = this.#mayGoOn ? await this.#attempt(batch) : undefined;
      if (answer) attempts++;
      if (answer?.result === 'delivered') {
        rest = rest.slice(batch.length);
        continue;
      }
      const streams = Map.groupBy(rest, ({ stream }) => stream);
      const failed = answer ? firstOfEach(batch) : [];
      const stopped = answer ? failed.map(({ stream }) => stream) : [...streams.keys()];
      store(() => {
        for (const stream of stopped) held.hold(stream, streams.get(stream) ?? [], nowMs());
        if (answer) this.#failed(failed, answer);
      });
      rest = rest.filter(({ stream }) => !stopped.includes(stream));
    }
    return attempts;
  }

  /** The event that has failed is sent alone, so that it holds up no other; those behind it follow together. */
  async #sendHeld(stream: string, limit: number): Promise<number> {
    const { held, nowMs, store, definition } = this.#parts;
    for (let attempts = 0; attempts < limit; attempts++) {
      const countMax = attempts === 0 ? 1 : definition.batch;
      const batch = firstBatch(held.waiting(stream, countMax), countMax);
      if (batch.length === 0 || !this.#mayGoOn) return attempts;
      const answer = await this.#attempt(batch);
      if (!this.#parts.row.stored) return limit;
      if (answer.result !== 'delivered') {
        store(() => this.#failed(firstOfEach(batch), answer));
        return attempts + 1;
      }
      store(() => {
        for (const event of batch) held.ended(event, nowMs());
      });
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

  async #attempt(batch: readonly OutgoingEvent[]): Promise<TargetAnswer> {
    const { row, nowMs, held, deliver } = this.#parts;
    const at = utcText(nowMs());
    const answer = await deliver(batch);
    this.#attempts.push(attemptOf(batch, at, answer));
    const { stored } = row;
    if (!stored) return answer;
    if (answer.result === 'delivered') {
      if (isBroken(stored.health)) held.hurry(nowMs());
      if (stored.health.failingSinceMs !== null) row.change({ health: HEALTHY });
    }
    return answer;
  }

  /**
   * `events`: the first of each stream. A batch counts as one failure of the target, since one of its events may be the
   * cause; an event that is too large says nothing about the target, and is given up on at once.
   */
  #failed(events: readonly OutgoingEvent[], answer: TargetAnswer): void {
    const { row, held, nowMs } = this.#parts;
    const { stored } = row;
    const [first] = events;
    if (!stored || !first) return;
    const now = nowMs();
    if (answer.result === 'gone') {
      row.change({ status: 'disabled', reason: 'The target answered 410.' });
      return;
    }
    const isTooLarge = answer.result === 'too-large';
    for (const { id, stream } of events) {
      held.failed(stream, now, (attempts, failedAtMs) => ({
        result: answer.result,
        nextAtMs: now + retryDelayMs(id, attempts, answer),
        isParked: isTooLarge || now - failedAtMs >= GIVEN_UP_AFTER_MS,
      }));
    }
    if (isTooLarge) return;
    const { retryAfterMs } = answer;
    const failure = {
      stream: first.stream,
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

/** `events`: one or several, which were sent together. */
export function attemptOf(
  events: readonly SentEvent[],
  at: string,
  { result, status, durationMs }: TargetAnswer,
): DeliveryAttempt {
  return { at, event: events[0]?.id ?? '', events: events.length, result, status, durationMs };
}

/** Without an order an event is a stream of its own: it holds up nothing else. */
function alone(event: OutgoingEvent): OutgoingEvent {
  return { ...event, stream: event.id };
}

function firstOfEach(events: readonly OutgoingEvent[]): OutgoingEvent[] {
  const streams = Map.groupBy(events, ({ stream }) => stream);
  return [...streams.values()].flatMap(([first]) => first ?? []);
}
