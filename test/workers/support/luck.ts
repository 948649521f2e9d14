/** Chance that can be repeated: the same seed, the same story. */
export class Luck {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 up to, and not including, 1. Mulberry32, in the public domain. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** So many times in a hundred. */
  happens(percent: number): boolean {
    return this.next() * 100 < percent;
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const places = items.map((item) => ({ item, place: this.next() }));
    return places.toSorted((a, b) => a.place - b.place).map(({ item }) => item);
  }
}
