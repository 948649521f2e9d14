/**
 * Gives messages to consumers and takes their answers. A stream with a leased message is given to no other consumer, and
 * one whose message has failed waits for it: each stream is in order, by first success, with any number of consumers.
 */
import {
  formatReceipt,
  parseReceipt,
  type Receipt,
  type ReceiptResult,
} from '../../core/group/receipt.ts';
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import { retryDelayMs } from '../../core/subscription/retry.ts';
import type { OutgoingEvent, OutgoingPage } from '../feed-reader/feed-page.ts';
import type { AfterAttempt, HeldStreams } from '../feed-reader/held-streams.ts';
import { FeedWindow } from './feed-window.ts';
import type { GroupLease, GroupLeases } from './group-leases.ts';
import type { GroupRow } from './stored-group.ts';

/** Ours: what one answer has at most, with at least one message. */
const CHARACTERS_MAX = 1_000_000;

/** What becomes of a message, as its consumer says. */
export type MessageAnswer =
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'skip' }
  /** It was not begun: no attempt is counted. */
  | { readonly kind: 'release' }
  | { readonly kind: 'park'; readonly reason: string }
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  | { readonly kind: 'extend'; readonly leaseMs: number };

export interface LeasedMessage {
  readonly receipt: string;
  /** 1: the first one. */
  readonly attempt: number;
  /** A CloudEvent in JSON. */
  readonly text: string;
}

export interface TakenLease {
  readonly messages: readonly LeasedMessage[];
  readonly untilMs: number;
}

interface Picked extends OutgoingEvent {
  readonly attempt: number;
}

interface DeskParts {
  readonly row: GroupRow;
  readonly held: HeldStreams;
  readonly leases: GroupLeases;
  readonly nowMs: () => number;
  /** In one transaction; after one that fails, nothing of it is in memory either. */
  readonly store: <Result>(change: () => Result) => Result;
}

export class GroupDesk {
  readonly #parts: DeskParts;
  readonly #window: FeedWindow;

  constructor(parts: DeskParts, cursor: JournalPosition, passed: readonly number[]) {
    const { leases } = parts;
    const low = leases.cursor.position > cursor.position ? leases.cursor : cursor;
    this.#parts = parts;
    this.#window = new FeedWindow(low, [...leases.acked(), ...passed]);
  }

  get window(): Pick<FeedWindow, 'low' | 'end' | 'isAtEnd' | 'openCount'> {
    return this.#window;
  }

  /** Whether the feed may be read on. */
  get hasRoom(): boolean {
    return this.#window.hasRoom && this.#parts.held.hasRoom;
  }

  /** Takes what was read behind the end of the window. */
  add(page: OutgoingPage): void {
    this.#window.add(page);
    const { held, store } = this.#parts;
    if (held.counts().streams === 0) return;
    const streams = new Set(page.events.map(({ stream }) => stream));
    const behind = [...streams].filter((stream) => held.has(stream));
    if (behind.length > 0) store(() => this.#hold(behind));
  }

  /**
   * The window is full, and all of it waits for the stream of its oldest event, which a consumer has: the stream's events go
   * to those of held streams, and the feed is read on. Returns whether there was such a stream.
   */
  makeRoom(): boolean {
    if (this.#window.hasRoom) return false;
    const [oldest] = this.#window.open();
    if (oldest) this.#parts.store(() => this.#hold([oldest.stream]));
    return oldest !== undefined;
  }

  /** D1 was restored: the feed is known up to `common`, and what was behind it comes again. */
  restore(common: JournalPosition): void {
    const { held, leases, row, store } = this.#parts;
    this.#window.cutBehind(common);
    store(() => {
      held.forgetBehind(common.position);
      leases.voidBehind(this.#window.low, common);
      const passed = (row.stored?.passed ?? []).filter((position) => position <= common.position);
      row.change({ cursor: this.#window.low, passed });
    });
  }

  /** Up to `max` messages that no consumer has, those that failed before first. */
  pick(max: number): Picked[] {
    const { held, leases, nowMs } = this.#parts;
    const leased = leases.streams();
    const picked: Picked[] = [];
    let characters = 0;
    const add = (event: OutgoingEvent, attempt: number) => {
      if (picked.length > 0 && characters + event.text.length > CHARACTERS_MAX) return false;
      characters += event.text.length;
      return picked.push({ ...event, attempt }) < max;
    };
    // Streams that are leased are among those that are due.
    for (const stream of held.due(nowMs(), max + leased.size)) {
      if (leased.has(stream)) continue;
      const failed = held.attempts(stream);
      // What failed comes alone: those behind it would come back with it.
      const events = held.waiting(stream, failed > 0 ? 1 : max - picked.length);
      for (const event of events) if (!add(event, failed + 1)) return picked;
    }
    for (const event of this.#window.open()) {
      if (!leased.has(event.stream) && !add(event, 1)) return picked;
    }
    return picked;
  }

  /** Nothing is stored for no messages. */
  lease(picked: readonly Picked[], holder: string, leaseMs: number): TakenLease {
    const { leases, nowMs, store } = this.#parts;
    const takenAtMs = nowMs();
    const untilMs = takenAtMs + leaseMs;
    if (picked.length === 0) return { messages: [], untilMs };
    const given = { holder, takenAtMs, untilMs };
    const { fence } = store(() => leases.take(picked, given, this.#window.low));
    const messages = picked.map(({ position, attempt, text }) => ({
      ...{ receipt: formatReceipt({ fence, position }), attempt, text },
    }));
    return { messages, untilMs };
  }

  /** Takes the messages of leases that have ended from their consumers, each stream's first one with a failed attempt. */
  expire(): boolean {
    const { leases, nowMs, store } = this.#parts;
    const ended = leases.open().filter(({ untilMs }) => untilMs <= nowMs());
    for (const lease of ended) {
      store(() => {
        const streams = new Set(lease.open.values());
        if (lease.isVoid) lease.open.clear();
        else
          for (const stream of streams)
            this.#fail(lease, stream, { reason: 'expired', afterMs: 0 });
        leases.write(lease, this.#window.low);
      });
    }
    return ended.length > 0;
  }

  /** In the order of the receipts. What changes is stored with one row for each lease, and those of what has failed. */
  answer(receipts: readonly string[], holder: string, answer: MessageAnswer): ReceiptResult[] {
    const { leases, store } = this.#parts;
    const results = receipts.map((): ReceiptResult => 'unknown');
    const changed = new Set<GroupLease>();
    // Of streams that an earlier receipt of the request has ended.
    const released = new Set<string>();
    store(() => {
      for (const { fence, position, index } of inOrder(receipts)) {
        const lease = leases.find(fence);
        const text = formatReceipt({ fence, position });
        const refused =
          fence > leases.fence
            ? 'unknown'
            : refusedBy(lease, position, holder, answer, this.#parts.nowMs());
        if (released.has(text)) results[index] = 'returned';
        else if (refused || !lease) results[index] = refused ?? 'ended';
        else {
          const own = positionsOf(lease, lease.open.get(position) ?? '');
          results[index] = this.#settle(lease, position, answer);
          changed.add(lease);
          if (endsStream(answer))
            for (const other of own) released.add(formatReceipt({ fence, position: other }));
        }
      }
      for (const lease of changed) leases.write(lease, this.#window.low);
    });
    return results;
  }

  #settle(lease: GroupLease, position: number, answer: MessageAnswer): ReceiptResult {
    const { held, nowMs } = this.#parts;
    const stream = lease.open.get(position) ?? '';
    switch (answer.kind) {
      case 'extend':
        lease.untilMs = nowMs() + answer.leaseMs;
        return 'extended';
      case 'acknowledge':
      case 'skip':
        lease.open.delete(position);
        lease.acked.push(position);
        if (held.has(stream)) held.ended({ stream, position }, nowMs());
        else this.#window.settle(position);
        return answer.kind === 'skip' ? 'skipped' : 'acknowledged';
      case 'release':
        for (const own of positionsOf(lease, stream)) lease.open.delete(own);
        return 'returned';
      case 'retry':
        this.#fail(lease, stream, answer);
        return 'returned';
      case 'park':
        this.#fail(lease, stream, { ...answer, isParked: true });
        return 'parked';
    }
  }

  /** The stream's next message has failed: it and those behind it leave the lease, and the feed. */
  #fail(
    lease: GroupLease,
    stream: string,
    {
      reason,
      afterMs,
      isParked = false,
    }: { readonly reason: string; readonly afterMs?: number; readonly isParked?: boolean },
  ): void {
    const { held, row, nowMs } = this.#parts;
    const now = nowMs();
    for (const own of positionsOf(lease, stream)) lease.open.delete(own);
    if (!held.has(stream)) this.#hold([stream]);
    const event = held.next(stream)?.id ?? stream;
    const attemptsMax = row.stored?.definition.attempts ?? 1;
    const after: AfterAttempt = (attempts) => ({
      result: reason,
      nextAtMs: now + (afterMs ?? retryDelayMs(event, attempts)),
      isParked: isParked || attempts >= attemptsMax,
    });
    held.failed(stream, now, after);
  }

  /** The events of streams that were read leave the window. */
  #hold(streams: readonly string[]): void {
    const { held, row, nowMs } = this.#parts;
    const before = row.stored?.passed ?? [];
    const moved = streams.flatMap((stream) => {
      const events = this.#window.of(stream);
      held.hold(stream, events, nowMs());
      return events.map(({ position }) => position);
    });
    for (const position of moved) this.#window.settle(position);
    const { low } = this.#window;
    const passed = [...before, ...moved].filter((position) => position > low.position);
    row.change({ cursor: low, passed });
  }
}

/** Why a receipt changes nothing; undefined: it is valid. */
function refusedBy(
  lease: GroupLease | undefined,
  position: number,
  holder: string,
  answer: MessageAnswer,
  nowMs: number,
): ReceiptResult | undefined {
  if (!lease) return 'ended';
  if (lease.holder !== holder) return 'foreign';
  if (lease.acked.includes(position)) return 'repeated';
  const stream = lease.open.get(position);
  if (stream === undefined || lease.isVoid || lease.untilMs <= nowMs) return 'ended';
  const [first] = positionsOf(lease, stream);
  return first === position || answer.kind === 'extend' ? undefined : 'early';
}

function endsStream({ kind }: MessageAnswer): boolean {
  return kind === 'release' || kind === 'retry' || kind === 'park';
}

/** In order. */
function positionsOf({ open }: GroupLease, stream: string): number[] {
  return [...open].flatMap(([position, own]) => (own === stream ? [position] : []));
}

/** By their messages' places in the feed, whatever the order in which they are sent. */
function inOrder(receipts: readonly string[]): (Receipt & { readonly index: number })[] {
  return receipts
    .flatMap((text, index) => {
      const receipt = parseReceipt(text);
      return receipt ? [{ ...receipt, index }] : [];
    })
    .toSorted((a, b) => a.position - b.position);
}
