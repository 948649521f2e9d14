import { expect, test } from 'vitest';
import { ownValue } from './own-value.ts';

test('an inherited name has no value', () => {
  expect(ownValue({ known: 1 }, 'known')).toBe(1);
  for (const name of ['constructor', 'toString', '__proto__', 'unknown']) {
    expect(ownValue({ known: 1 }, name)).toBeUndefined();
  }
});
