/** The pure digest against the platform's. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '../../core/values/sha-256.ts';

const platformDigest = (text: string) => createHash('sha256').update(text).digest('hex');

test('PK4 the digest of any text is that of the platform', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 300 });
  fc.assert(
    fc.property(texts, (text) => {
      expect(sha256(text)).toBe(platformDigest(text));
    }),
  );
});

test.each([0, 55, 56, 63, 64, 119, 120, 1_000])('PK4 so is that of %d bytes', (length) => {
  const text = 'a'.repeat(length);
  expect(sha256(text)).toBe(platformDigest(text));
});
