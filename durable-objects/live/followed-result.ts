/** A result that is followed without interruption: its current rows, and the most recent changes. */

import { difference, isEmpty, type LiveRow } from '../../core/live/live-difference.ts';
import { digest } from '../digest.ts';

/**
 * Our limit on the changes that a group keeps for subscribers that reconnect. One that was away for longer gets a
 * snapshot.
 */
const CHANGES_MAX = 256;
const CHANGES_CHARACTERS_MAX = 500_000;

export class FollowedResult {
  readonly #incarnation: string;
  /** The newest changes as members of frames; the last one led to `#n`. */
  readonly #changes: string[] = [];
  #changesCharacters = 0;
  #rows: readonly LiveRow[];
  #rowsBytes: number;
  #n = 0;
  #snapshot: string | undefined;
  #digest: string | undefined;

  constructor(incarnation: string, rows: readonly LiveRow[], rowsBytes: number) {
    this.#incarnation = incarnation;
    this.#rows = rows;
    this.#rowsBytes = rowsBytes;
  }

  /** The bytes of the rows as JSON. */
  get rowsBytes(): number {
    return this.#rowsBytes;
  }

  /** All bytes in memory: the rows, the text of their snapshot if it was requested, the changes. */
  get bytes(): number {
    return this.#rowsBytes + (this.#snapshot?.length ?? 0) + this.#changesCharacters;
  }

  /** Keeps the rows alone. A subscriber that reconnects gets a snapshot. */
  economize(): void {
    this.#snapshot = undefined;
    this.#changes.length = 0;
    this.#changesCharacters = 0;
  }

  get seq(): string {
    return `${this.#incarnation}.${this.#n}`;
  }

  /** The members of the frame with the changes of the rows; undefined if there are none. */
  move(rows: readonly LiveRow[], rowsBytes: number): string | undefined {
    const change = difference(this.#rows, rows);
    if (isEmpty(change)) return undefined;
    this.#n++;
    this.#rows = rows;
    this.#rowsBytes = rowsBytes;
    this.#snapshot = undefined;
    this.#digest = undefined;
    const members = JSON.stringify({ ...change, seq: this.seq });
    this.#changes.push(members);
    this.#changesCharacters += members.length;
    this.#forgetOldest();
    return members;
  }

  #forgetOldest(): void {
    while (this.#changes.length > CHANGES_MAX || this.#changesCharacters > CHANGES_CHARACTERS_MAX) {
      this.#changesCharacters -= this.#changes.shift()?.length ?? 0;
    }
  }

  /** The changes that a subscription at `seq` has missed; undefined if they are no longer kept or `seq` is unknown. */
  changesAfter(seq: string): readonly string[] | undefined {
    const dot = seq.lastIndexOf('.');
    const n = Number(seq.slice(dot + 1));
    const missed = this.#n - n;
    const isKnown =
      `${this.#incarnation}.${n}` === seq && missed >= 0 && missed <= this.#changes.length;
    return isKnown ? this.#changes.slice(this.#changes.length - missed) : undefined;
  }

  /** The members of a snapshot frame. */
  snapshot(): string {
    this.#snapshot ??= JSON.stringify({ rows: this.#rows, seq: this.seq });
    return this.#snapshot;
  }

  current(): string {
    return JSON.stringify({ seq: this.seq });
  }

  /** A digest by which results of any object are compared. */
  digest(): string {
    this.#digest ??= digest(JSON.stringify(this.#rows));
    return this.#digest;
  }
}
