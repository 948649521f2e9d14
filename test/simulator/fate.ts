/**
 * All chance of a simulation, from one seed: how long things take, and what goes wrong. Every fault has a name. Which
 * of them a seed knows, and how often they strike, is drawn when they are first possible: a seed that has few kinds of
 * faults and much of them finds what one with a little of everything does not.
 */
import { type Random, seeded } from '../chaos/random.ts';
import type { Timeline } from './timeline.ts';

/** Of a thousand. Most seeds do without most faults. */
const ODDS = [0, 0, 0, 2, 10, 60];

const MILLION = 1_000_000;

export class Fate {
  readonly random: Random;
  readonly #timeline: Timeline;
  readonly #odds = new Map<string, number>();
  /** How often each fault has struck. */
  readonly struck = new Map<string, number>();
  #isKind = false;

  constructor(seed: number, timeline: Timeline) {
    this.random = seeded(seed);
    this.#timeline = timeline;
  }

  /** From here on nothing goes wrong any more. */
  beKind(): void {
    this.#isKind = true;
  }

  /** From 0 to 1. */
  fraction(): number {
    return this.random(MILLION) / MILLION;
  }

  /** Mostly a few milliseconds, now and then seconds. */
  delayMs(): number {
    const ms = -Math.log(1 - this.fraction()) * 5;
    return this.random(50) === 0 ? ms * 200 : ms;
  }

  /** Whether the fault strikes now. */
  strikes(fault: string): boolean {
    if (this.#isKind) return false;
    const odds = this.#odds.get(fault) ?? ODDS[this.random(ODDS.length)] ?? 0;
    this.#odds.set(fault, odds);
    if (this.random(1_000) >= odds) return false;
    this.struck.set(fault, (this.struck.get(fault) ?? 0) + 1);
    this.#timeline.note(`FAULT ${fault}`);
    return true;
  }

  shuffled<Value>(values: readonly Value[]): Value[] {
    const left = [...values];
    return values.flatMap(() => left.splice(this.random(left.length), 1));
  }
}
