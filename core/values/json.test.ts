import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, isJson } from './json.ts';

describe('canonical JSON', () => {
  test.each([
    ['keys in any order', { b: 1, a: 2 }, '{"a":2,"b":1}'],
    ['keys of objects in objects and arrays', [{ b: { d: 1, c: 2 } }], '[{"b":{"c":2,"d":1}}]'],
    ['keys by UTF-16 unit', { é: 1, z: 2, Z: 3 }, '{"Z":3,"z":2,"é":1}'],
    ['the order of a list', [2, 1], '[2,1]'],
    ['numbers as JSON writes them', [1.0, -0, 1e21], '[1,0,1e+21]'],
    ['null', null, 'null'],
    ['a text', 'a"b', '"a\\"b"'],
  ])('%s', (_title, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test('keys of the prototype stay keys', () => {
    const value: unknown = JSON.parse('{"b":{"__proto__":{"x":1},"constructor":2},"__proto__":3}');
    const text = '{"__proto__":3,"b":{"__proto__":{"x":1},"constructor":2}}';
    expect(canonicalJson(value)).toBe(text);
    expect(canonicalJson(JSON.parse('{"__proto__":1}'))).not.toBe(canonicalJson({}));
  });

  test('has the same text for the same value in any order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  test('loses nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

/** The same value with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, part]) => [key, reversed(part)]));
}

describe('values that survive a round trip through JSON', () => {
  test.each([
    ['a text', 'a', true],
    ['a number', -1.5, true],
    ['null', null, true],
    ['lists and objects of them', [{ a: [true, null] }], true],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), false],
    ['undefined', undefined, false],
    ['undefined in an object', { a: undefined }, false],
    ['undefined in a list', [undefined], false],
    ['undefined among others in an object', { a: 1, b: undefined }, false],
    ['undefined among others in a list', [1, undefined], false],
    ['not a number', Number.NaN, false],
    ['infinity', [Number.POSITIVE_INFINITY], false],
    ['a date', { at: new Date(0) }, false],
    ['a map', new Map(), false],
    ['a big integer', 1n, false],
    ['a function', () => 1, false],
  ])('%s: %s', (_title, value, answer) => {
    expect(isJson(value)).toBe(answer);
  });
});
