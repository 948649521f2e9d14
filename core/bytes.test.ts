import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstWithinBytes, isLonger, runsWithinBytes, utf8Bytes } from './bytes.ts';

const encodedLength = (text: string) => encodeURIComponent(text).replace(/%../g, '_').length;

test('counts bytes as UTF-8 encodes them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Bytes(text)).toBe(encodedLength(text));
      for (const bytesMax of [0, 1, text.length, text.length * 2, text.length * 3]) {
        expect(isLonger(text, bytesMax)).toBe(encodedLength(text) > bytesMax);
      }
    }),
  );
});

test('L4 a page ends at its bytes, holds at least one item, and its neighbours hold the rest', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100)), fc.integer({ min: 1, max: 150 }), (sizes, bytesMax) => {
      const runs = runsWithinBytes(sizes, (size) => size, bytesMax);
      expect(runs.flat()).toEqual(sizes);
      for (const run of runs) {
        const bytes = run.reduce((sum, size) => sum + size, 0);
        expect(run.length === 1 || (run.length > 1 && bytes <= bytesMax)).toBe(true);
      }
      expect(firstWithinBytes(sizes, (size) => size, bytesMax)).toEqual(runs[0] ?? []);
    }),
  );
});

test('no item is read beyond the first that does not fit', () => {
  let read = 0;
  const items = (function* () {
    for (;;) yield ++read;
  })();
  expect(firstWithinBytes(items, () => 40, 100)).toEqual([1, 2]);
  expect(read).toBe(3);
});
