import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idOf, textOf } from './id-of.ts';
import { isIdentifier } from './stream.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.stringMatching(/^[a-c./~ -]{0,140}$/),
);

describe('PK3 an id of any text', () => {
  test('is an identifier', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(idOf(text)).toSatisfy(isIdentifier);
      }),
    );
  });

  test('is read back, or holds a hash', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const id = idOf(text);
        expect(textOf(id)).toBe(id.includes('~~') ? undefined : text);
      }),
    );
  });

  test('differs from that of every other text', () => {
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        expect(idOf(one) === idOf(other)).toBe(one === other);
      }),
    );
  });

  test.each([
    ['order-1', 'order-1'],
    ['src/a b.ts', 'src~2Fa~20b.ts'],
    ['~', '~7E'],
    ['~2F', '~7E2F'],
    ['', '~'],
    ['.', '~2E'],
    ['..', '~2E.'],
    ['...', '...'],
    ["it's (a) *!", 'it~27s~20~28a~29~20~2A~21'],
    ['müßig/日本', 'm~C3~BC~C3~9Fig~2F~E6~97~A5~E6~9C~AC'],
  ])('%j is %j', (text, id) => {
    expect(idOf(text)).toBe(id);
    expect(textOf(id)).toBe(text);
  });

  test('is reversible up to 128 characters, and its beginning with a hash beyond', () => {
    const longest = 'a'.repeat(128);
    expect(textOf(idOf(longest))).toBe(longest);
    const [one, other] = [idOf(`${longest}b`), idOf(`${longest}c`)];
    expect(one).toMatch(/^a{62}~~[0-9a-f]{64}$/);
    expect(other).not.toBe(one);
    expect(idOf('/'.repeat(100))).toMatch(/^(~2F){20}~~[0-9a-f]{64}$/);
  });

  test.each(['~zz', '~2f', 'a~', '~C3', '~61', 'a/b'])('%j was made of no text', (id) => {
    expect(textOf(id)).toBeUndefined();
  });

  test('is refused for half of a surrogate pair', () => {
    expect(() => idOf('a\uD800')).toThrow(TypeError);
  });
});
