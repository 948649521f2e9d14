import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from './json.ts';
import { bytesOf, piecesOf } from './patch-pieces.ts';
import { mapOf, withEntry } from './persistent-map.ts';
import { applyPatch, differenceOf, type StatePatch } from './state-patch.ts';

const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'to', 'items', '0');

const json: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, 0, 1, 2.5, '', 'a', 'ab', 'abc', '\ud83d', '"\\\u0000'),
    fc.array(tie('json'), { maxLength: 6 }),
    // Own members, `__proto__` among them, as JSON.parse makes them.
    fc.array(fc.tuple(key, tie('json')), { maxLength: 5 }).map(Object.fromEntries<Json>),
  ),
})).json;

const through = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));

describe('Y14 a difference between two states', () => {
  test('leads from the one to the other, through JSON', () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        const patch = through(differenceOf(before, after));
        const led = applyPatch(before, patch);
        expect(JSON.parse(JSON.stringify(led))).toEqual(JSON.parse(JSON.stringify(after)));
        expect(differenceOf(led, after)).toEqual({});
      }),
      { numRuns: 2_000 },
    );
  });

  test('in pieces leads there as well', () => {
    fc.assert(
      fc.property(json, json, fc.integer({ min: 1, max: 60 }), (before, after, bytesMax) => {
        const pieces = through(piecesOf(differenceOf(before, after), bytesMax));
        expect(differenceOf(pieces.reduce(applyPatch, before), after)).toEqual({});
      }),
      { numRuns: 2_000 },
    );
  });

  test.each<[string, Json, Json, StatePatch]>([
    ['nothing', { a: 1, b: [1] }, { a: 1, b: [1] }, {}],
    ['a member', { a: 1, b: 1 }, { a: 1, b: 2 }, { changed: { b: { to: 2 } } }],
    ['a member that leaves', { a: 1, b: 1 }, { a: 1 }, { removed: ['b'] }],
    [
      'a member of a member',
      { a: { b: 1, c: 2 } },
      { a: { b: 1, c: 3 } },
      { changed: { a: { changed: { c: { to: 3 } } } } },
    ],
    ['items that follow', [1, 2], [1, 2, 3], { splice: { at: 2, removed: 0, added: [3] } }],
    ['an item that leaves', [1, 2, 3], [1, 3], { splice: { at: 1, removed: 1, added: [] } }],
    [
      'an item',
      [{ a: 1, b: 1 }, 2],
      [{ a: 1, b: 2 }, 2],
      { items: [[0, { changed: { b: { to: 2 } } }]] },
    ],
    ['a text that grows', 'ab', 'abc', { appended: 'c' }],
    ['another text', 'ab', 'b', { to: 'b' }],
    ['another kind', { a: 1 }, [1], { to: [1] }],
    ['nothing to something', null, { a: 1 }, { to: { a: 1 } }],
  ])('of %s is no more than that', (_what, before, after, patch) => {
    expect(differenceOf(before, after)).toEqual(patch);
    expect(applyPatch(before, patch)).toEqual(after);
  });

  test('a member that does not change costs nothing and stays the same object', () => {
    const large = Array.from({ length: 1_000 }, (_, index) => ({ index }));
    const before = { large, count: 1 };
    const after = applyPatch(before, differenceOf(before, { large, count: 2 }));
    expect(after).toHaveProperty('large', large);
    expect(Object(after).large).toBe(large);
  });

  test('of one entry of a large persistent map is small', () => {
    const map = mapOf(Array.from({ length: 10_000 }, (_, index) => [`order-${index}`, 'reserved']));
    const patch = differenceOf(map, withEntry(map, 'order-77', 'shipped'));
    expect(bytesOf(patch)).toBeLessThan(200);
  });

  test('is found in the time that the depth takes, not in a power of it', () => {
    const nested = (depth: number, leaf: number): Json =>
      depth === 0 ? leaf : [nested(depth - 1, leaf), depth];
    expect(applyPatch(nested(200, 1), differenceOf(nested(200, 1), nested(200, 2)))).toEqual(
      nested(200, 2),
    );
  });

  test('keeps values that JSON cannot represent, so that the event is refused', () => {
    const date = new Date(0);
    expect(differenceOf({ at: 1 }, { at: date })).toEqual({ changed: { at: { to: date } } });
    expect(differenceOf({ at: new Date(1) }, { at: date })).toEqual({
      changed: { at: { to: date } },
    });
    expect(differenceOf({}, { at: undefined })).toEqual({ changed: { at: { to: undefined } } });
  });

  test('is cut so that no piece is much longer than it may be', () => {
    const item = { id: 'x'.repeat(300), notes: ['y'.repeat(2_000), 'short'] };
    const after = {
      text: '\u0000'.repeat(1_000),
      lines: Array.from({ length: 20 }, () => item),
      map: mapOf(Array.from({ length: 99 }, (_, index) => [`k${index}`, item])),
    };
    const pieces = piecesOf(differenceOf(null, after), 1_000);
    expect(pieces.length).toBeGreaterThan(50);
    expect(Math.max(...pieces.map(bytesOf))).toBeLessThan(1_500);
    expect(pieces.reduce<unknown>(applyPatch, null)).toEqual(after);
  });
});
