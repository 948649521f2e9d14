import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstWithinBytes, isLonger, runsWithinBytes, utf8Bytes, valueBytes } from './bytes.ts';

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

test('counts the bytes of a value about as JSON has them, and stops beyond the limit', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const text = JSON.stringify(JSON.parse(json));
      const bytes = valueBytes(JSON.parse(json));
      expect(bytes).toBeLessThanOrEqual(encodedLength(text) * 5);
      expect(bytes * 6).toBeGreaterThanOrEqual(encodedLength(text));
    }),
  );
  expect(valueBytes({ text: 'x'.repeat(1_000) })).toBe(1_011);
  expect(valueBytes(new Map([['text', new Set(['x'.repeat(1_000)])]]))).toBe(1_015);
  expect(valueBytes(new Uint8Array(1_000))).toBe(1_000);
  const circle: unknown[] = ['x'];
  circle.push(circle);
  expect(valueBytes(circle, 1_000)).toBeLessThan(1_010);
});

test('L4 a page ends at its bytes, has at least one item, and the other pages have the rest', () => {
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
