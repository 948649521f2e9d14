import { expect, test } from 'vitest';
import { errorText, stackText } from './error-text.ts';

const textless = {
  toString() {
    throw new Error('no text');
  },
};

test.each([
  ['an error', new TypeError('no'), 'TypeError: no'],
  ['a text', 'no', 'no'],
  ['nothing', undefined, 'undefined'],
  ['a symbol', Symbol('no'), 'Symbol(no)'],
  ['what has no text', Object.create(null), 'A value was thrown that has no text.'],
  ['what throws instead', textless, 'A value was thrown that has no text.'],
  ['half of an emoji', '\ud83d', '\ufffd'],
])('K10 %s has a text', (_title, error, text) => {
  expect(errorText(error)).toBe(text);
});

test('K10 a text is cut where it is too long to keep', () => {
  expect(errorText(new Error('x'.repeat(10_000_000)))).toHaveLength(2_000);
  expect(
    stackText(Object.assign(new Error('odd'), { stack: 'x'.repeat(10_000_000) })),
  ).toHaveLength(8_000);
});

test('K10 a stack is a text or nothing', () => {
  expect(stackText(new Error('no'))).toContain('error-text.test.ts');
  expect(stackText(Object.assign(new Error('odd'), { stack: 7 }))).toBe('');
  expect(stackText('no')).toBe('');
});
