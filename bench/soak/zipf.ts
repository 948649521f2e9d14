/** Numbers from 0 of which the first is the most frequent, the second 2^-s times as frequent, the nth n^-s times. */
import type { Random } from '../../test/chaos/random.ts';

/** Finer than any share that is asked of it. */
const GRAIN = 1_000_000;

export function zipf(random: Random, count: number, exponent: number): () => number {
  const upTo: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= count; rank++) {
    total += rank ** -exponent;
    upTo.push(total);
  }
  return () => {
    const point = (random(GRAIN) / GRAIN) * total;
    return firstAbove(upTo, point);
  };
}

/** The place of the first that is greater; they ascend. */
function firstAbove(ascending: readonly number[], point: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) > point) high = middle;
    else low = middle + 1;
  }
  return low;
}
