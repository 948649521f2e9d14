import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPosition, JOURNAL_START, parsePosition } from './journal-position.ts';

describe('J9 a position is a text', () => {
  test('that is read as it was written', () => {
    const somePosition = fc.record({
      epoch: fc.nat(999_999_999),
      position: fc.integer({ min: 1, max: 999_999_999_999_999 }),
      tag: fc.stringMatching(/^[0-9a-f]{8}$/),
    });
    fc.assert(
      fc.property(somePosition, (one) => {
        expect(parsePosition(formatPosition(one))).toEqual(one);
      }),
    );
    expect(parsePosition(formatPosition(JOURNAL_START))).toEqual(JOURNAL_START);
  });

  test('and nothing else is one', () => {
    const texts = ['', '0', '7', 'a0-7', 'b0-7-00000000', 'a0-07-00000000', 'a0-7-0000000G'];
    for (const text of [...texts, ' a0-7-00000000', 'a0-7-00000000\n', 'a0--7-00000000']) {
      expect(parsePosition(text)).toBeUndefined();
    }
  });
});
