import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIdentifier } from '../aggregate/stream.ts';
import { parseSealed, sealedPrefix, sealedText } from './sealed.ts';
import { replaceSealed, sealedPlaces } from './sealed-places.ts';

const bytes = fc.stringMatching(/^[A-Za-z0-9_-]{40,60}$/);
const parts = fc.record({
  subject: fc.stringMatching(/^[A-Za-z0-9._~-]{1,12}$/).filter(isIdentifier),
  incarnation: fc.integer({ min: 1, max: 1_000_000 }),
  bytes,
});

describe('the form of a sealed value', () => {
  it('has each of its parts, whatever the subject is', () => {
    fc.assert(
      fc.property(parts, (sealed) => {
        expect(parseSealed(sealedText(sealed))).toEqual(sealed);
      }),
    );
  });

  it('begins with its subject and no other', () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const begins = sealedText(one).startsWith(sealedPrefix(other.subject));
        expect(begins).toBe(one.subject === other.subject);
      }),
    );
    expect(sealedPrefix('a.1')).not.toBe(`${sealedPrefix('a')}1.`);
  });

  it.each([
    ['', 'is empty'],
    ['~1.a.1', 'has no bytes'],
    [`~1.a.0.${'A'.repeat(40)}`, 'has an incarnation 0'],
    [`~1.a.01.${'A'.repeat(40)}`, 'has a zero before the incarnation'],
    [`~1.a.1.${'A'.repeat(39)}`, 'has too few bytes'],
    [`~1.a%.1.${'A'.repeat(40)}`, 'has a subject that is no identifier'],
    [`~1.%61.1.${'A'.repeat(40)}`, 'has another subject that is none'],
    [`~1..1.${'A'.repeat(40)}`, 'has no subject'],
    [`~2.a.1.${'A'.repeat(40)}`, 'is of another format'],
    [`~1.a.1.${'A'.repeat(40)}\n`, 'has a line more'],
  ])('is not %j, which %s', (text) => {
    expect(parseSealed(text)).toBeUndefined();
  });
});

describe('sealed values in data', () => {
  const one = sealedText({ subject: 'a', incarnation: 1, bytes: 'A'.repeat(40) });

  it('are found with their places, and replaced where they are', () => {
    const data = { name: one, list: [1, { name: one }], at: new Date(0), text: 'none' };
    expect(sealedPlaces(data).map(({ path }) => path)).toEqual([['name'], ['list', 1, 'name']]);
    expect(replaceSealed(data, () => null)).toEqual({
      ...{ name: null, list: [1, { name: null }], at: new Date(0), text: 'none' },
    });
  });

  it('leave data without them as it is', () => {
    const data = { list: [{ a: 'b' }], at: new Date(0) };
    expect(replaceSealed(data, () => null)).toBe(data);
    expect(replaceSealed({ data, name: one }, () => null).data).toBe(data);
  });

  it('keep a member named __proto__', () => {
    const data = JSON.parse(`{"__proto__": "x", "name": "${one}"}`);
    expect(Object.keys(replaceSealed(data, () => null))).toEqual(['__proto__', 'name']);
  });
});
