import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyChange, difference, isEmpty, type LiveRow } from './live-difference.ts';

/** Results of few keys, so that the same ones stay, move, change, leave and come back. */
const arbitraryRows: fc.Arbitrary<LiveRow<number>[]> = fc.uniqueArray(
  fc.record({ key: fc.constantFrom(...'abcdefghij'), row: fc.nat(2) }),
  { selector: ({ key }) => key },
);

function rowsNamed(keys: string): LiveRow<number>[] {
  return [...keys].map((key) => ({ key, row: 0 }));
}

/** How many of them can stay where they are, by trying each choice of the rows that are in both. */
function stayingMost(before: readonly LiveRow[], after: readonly LiveRow[]): number {
  const places = after.flatMap(({ key, row }) => {
    const index = before.findIndex((one) => one.key === key && one.row === row);
    return index < 0 ? [] : [index];
  });
  const most = (above: number, [first, ...others]: readonly number[]): number =>
    first === undefined
      ? 0
      : Math.max(most(above, others), first > above ? 1 + most(first, others) : 0);
  return most(-1, places);
}

describe('B1 a difference', () => {
  test('makes the new result of the old one, in its order', () => {
    fc.assert(
      fc.property(arbitraryRows, arbitraryRows, (before, after) => {
        expect(applyChange(before, difference(before, after))).toEqual(after);
      }),
      { numRuns: 3_000 },
    );
  });

  test('is empty exactly when nothing changed', () => {
    fc.assert(
      fc.property(arbitraryRows, arbitraryRows, (before, after) => {
        const isSame = JSON.stringify(before) === JSON.stringify(after);
        expect(isEmpty(difference(before, after))).toBe(isSame);
      }),
    );
  });

  test('one after the other makes the last of any number of results', () => {
    fc.assert(
      fc.property(fc.array(arbitraryRows, { minLength: 1 }), (results) => {
        const [first = [], ...others] = results;
        const sent = others.map((after, index) => difference(results[index] ?? [], after));
        expect(sent.reduce(applyChange, first)).toEqual(results.at(-1));
      }),
    );
  });

  test('names one row when one row moved', () => {
    expect(difference(rowsNamed('abcdef'), rowsNamed('fabcde'))).toEqual({
      upserts: [{ key: 'f', row: 0, index: 0 }],
      deletes: [],
    });
    expect(difference(rowsNamed('abcdef'), rowsNamed('bcdefa')).upserts).toHaveLength(1);
  });

  test('names as few rows as possible', () => {
    fc.assert(
      fc.property(arbitraryRows, arbitraryRows, (before, after) => {
        const { upserts } = difference(before, after);
        expect(after.length - upserts.length).toBe(stayingMost(before, after));
      }),
      { numRuns: 1_000 },
    );
  });

  test('leaves its input as it was', () => {
    const before = Object.freeze(rowsNamed('ab'));
    const after = Object.freeze(rowsNamed('ba'));
    expect(applyChange(before, difference(before, after))).not.toBe(before);
    expect(before).toEqual(rowsNamed('ab'));
  });
});
