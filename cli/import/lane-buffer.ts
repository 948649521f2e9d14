/**
 * Where the reader hands lines to one lane. Holds one batch at most: `push` waits while it is full, which is
 * how back-pressure reaches the file. One pusher, one taker.
 */
import { setImmediate } from 'node:timers/promises';
import type { ReadyLine } from './read-lines.ts';

/** Chosen by us: few commands are large, so this only bounds memory when all of them are. */
const BATCH_CHARACTERS_MAX = 1_000_000;

export class LaneBuffer {
  readonly #batchLines: number;
  #lines: ReadyLine[] = [];
  #characters = 0;
  #closed = false;
  #changed = Promise.withResolvers<void>();

  constructor(batchLines: number) {
    this.#batchLines = batchLines;
  }

  /** Waits for room; after `close` the line is dropped. */
  async push(line: ReadyLine): Promise<void> {
    while (this.#isFull && !this.#closed) await this.#changed.promise;
    if (this.#closed) return;
    this.#lines.push(line);
    this.#characters += line.json.length;
    this.#announceChange();
  }

  /** The next batch: whatever has gathered since the last one; empty when closed and drained. */
  async take(): Promise<readonly ReadyLine[]> {
    while (this.#lines.length === 0 && !this.#closed) await this.#changed.promise;
    await setImmediate(); // one turn of the loop: the reader is faster than any request
    const batch = this.#lines;
    this.#lines = [];
    this.#characters = 0;
    this.#announceChange();
    return batch;
  }

  close(): void {
    this.#closed = true;
    this.#announceChange();
  }

  get #isFull(): boolean {
    return this.#lines.length >= this.#batchLines || this.#characters >= BATCH_CHARACTERS_MAX;
  }

  #announceChange(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
