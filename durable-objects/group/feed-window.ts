/**
 * The events of a feed that were read and are not all settled, in memory: leased, to be leased, or settled behind one that
 * is not. Its low end is the place in the feed that is stored; what is behind it is read again after an eviction.
 */
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import type { FedEvent, OutgoingPage } from '../feed-reader/feed-page.ts';

/** Ours: as many are read ahead of the oldest that is not settled, and read again after an eviction. */
const EVENTS_MAX = 2_000;

/** Ours, of an object's 128 MB. */
const CHARACTERS_MAX = 8_000_000;

export class FeedWindow {
  #events: FedEvent[] = [];
  #characters = 0;
  #settled: Set<number>;
  #low: JournalPosition;
  #end: JournalPosition;
  /** The feed has had nothing behind `end`. */
  isAtEnd = false;

  /** `settled`: positions behind the low end. */
  constructor(low: JournalPosition, settled: readonly number[]) {
    this.#low = low;
    this.#end = low;
    this.#settled = new Set(settled.filter((position) => position > low.position));
  }

  /** Every event up to it is settled. */
  get low(): JournalPosition {
    return this.#low;
  }

  /** Up to which the feed was read. */
  get end(): JournalPosition {
    return this.#end;
  }

  get hasRoom(): boolean {
    return this.#events.length < EVENTS_MAX && this.#characters < CHARACTERS_MAX;
  }

  add({ events, after, isEnd }: OutgoingPage): void {
    for (const event of events) {
      this.#events.push(event);
      this.#characters += event.text.length;
    }
    // The beginning is of every epoch, and what is settled behind it of this one.
    if (this.#low.position === 0) this.#low = { ...this.#low, epoch: after.epoch };
    this.#end = after;
    this.isAtEnd = isEnd;
    this.#advance();
  }

  /** Those that are not settled, in order. */
  *open(): Iterable<FedEvent> {
    for (const event of this.#events) if (!this.#settled.has(event.position)) yield event;
  }

  of(stream: string): FedEvent[] {
    return [...this.open()].filter((event) => event.stream === stream);
  }

  get openCount(): number {
    return this.#events.reduce(
      (sum, { position }) => sum + (this.#settled.has(position) ? 0 : 1),
      0,
    );
  }

  settle(position: number): void {
    if (position <= this.#low.position) return;
    this.#settled.add(position);
    this.#advance();
  }

  /** The feed has other events behind a position than those that were read. */
  cutBehind(common: JournalPosition): void {
    if (common.position <= this.#low.position) this.#low = common;
    this.#events = this.#events.filter(({ position }) => position <= common.position);
    this.#characters = this.#events.reduce((sum, { text }) => sum + text.length, 0);
    this.#settled = new Set([...this.#settled].filter((position) => position <= common.position));
    this.#end = common;
    this.isAtEnd = false;
    this.#advance();
  }

  #advance(): void {
    const first = this.#events.findIndex(({ position }) => !this.#settled.has(position));
    const gone = this.#events.splice(0, first < 0 ? this.#events.length : first);
    for (const { position, text } of gone) {
      this.#settled.delete(position);
      this.#characters -= text.length;
    }
    const last = gone.at(-1);
    const { epoch } = this.#end;
    if (this.#events.length > 0) {
      if (last) this.#low = { epoch, position: last.position, tag: last.tag };
    } else if (this.#end.position >= this.#low.position) {
      this.#low = this.#end;
    }
  }
}
