import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexOf, isKeyId, KEY_BYTES, keyText, parseKeyText } from './key-text.ts';

const bytes = fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES });

describe('AK1 the text of a key', () => {
  test('has one form, and leads back to its id, secret and tag', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        const text = keyText(given);
        expect(text).toMatch(/^ledge_[0-9A-Za-z]{54}$/);
        const { id = '', secret = [], tag = [] } = parseKeyText(text) ?? {};
        expect(isKeyId(id)).toBe(true);
        expect(id + hexOf(Uint8Array.from([...secret, ...tag]))).toBe(hexOf(given));
      }),
    );
  });

  test('is different for different bytes, the smallest and the largest among them', () => {
    const texts = [0, 1, 255].map((byte) => keyText(new Uint8Array(KEY_BYTES).fill(byte)));
    expect(new Set(texts).size).toBe(3);
    expect(texts[0]).toBe(`ledge_${'0'.repeat(54)}`);
    expect(() => keyText(new Uint8Array(KEY_BYTES - 1))).toThrow(RangeError);
  });

  const sound = keyText(new Uint8Array(KEY_BYTES).fill(7));

  test.each([
    ['nothing', ''],
    ['a part', sound.slice(0, -1)],
    ['more', `${sound}0`],
    ['another prefix', sound.replace('ledge_', 'other_')],
    ['another case of the prefix', sound.replace('ledge_', 'LEDGE_')],
    ['a character that is no digit', `${sound.slice(0, -1)}-`],
    ['a line break behind it', `${sound}\n`],
    ['a number that 40 bytes do not hold', `ledge_${'z'.repeat(54)}`],
  ])('%s is no key', (_what, text) => {
    expect(parseKeyText(text)).toBeUndefined();
  });
});
