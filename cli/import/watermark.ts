/**
 * Up to where every line of the input is answered, although lanes answer out of order: the place from which
 * another run goes on, and what became of the lines before it. Pure.
 */
import type { LinePlace, LinePosition } from './read-lines.ts';
import { count, type ResultKind, type Tally } from './tally.ts';

interface Answered {
  readonly end: number;
  readonly result: ResultKind | undefined;
}

export class Watermark {
  #place: LinePosition;
  #tally: Tally;
  /** Answered lines that still wait for an earlier one. */
  readonly #ahead = new Map<number, Answered>();
  #firstUndecided = Number.POSITIVE_INFINITY;

  constructor(place: LinePosition, tally: Tally) {
    this.#place = place;
    this.#tally = tally;
  }

  get place(): LinePosition {
    return this.#place;
  }

  get tally(): Tally {
    return this.#tally;
  }

  /** Lines that are remembered: the caller keeps this bounded by not reading on. */
  get linesAhead(): number {
    return this.#ahead.size;
  }

  /** A blank line has no result. */
  answered({ number, end }: LinePlace, result: ResultKind | undefined): void {
    // Behind an undecided line the mark never passes, so nothing there need be remembered.
    if (number > this.#firstUndecided) return;
    this.#ahead.set(number, { end, result });
    this.#rise();
  }

  undecided({ number }: LinePlace): void {
    this.#firstUndecided = Math.min(number, this.#firstUndecided);
    for (const ahead of this.#ahead.keys()) {
      if (ahead > this.#firstUndecided) this.#ahead.delete(ahead);
    }
  }

  #rise(): void {
    let line = this.#place.line + 1;
    for (let next = this.#take(line); next; next = this.#take(line)) {
      this.#place = { line, offset: next.end };
      if (next.result) this.#tally = count(this.#tally, next.result);
      line += 1;
    }
  }

  #take(line: number): Answered | undefined {
    const answered = this.#ahead.get(line);
    this.#ahead.delete(line);
    return answered;
  }
}
