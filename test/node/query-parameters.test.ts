/** What a query parameter can be mistaken for. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { momentInput } from '../../worker/http/moment-input.ts';
import { readQuery, wholeNumber } from '../../worker/http/query-parameters.ts';

const page = z.strictObject({
  limit: wholeNumber({ min: 1, max: 1_000, default: 100 }),
  after: wholeNumber({ min: 0 }).exactOptional(),
});
const read = (query: string) => readQuery(`http://ledge.test/?${query}`, page);
const refusedAt = (at: string) => ({
  outcome: 'invalid',
  errors: [{ at, message: expect.any(String) }],
});

test.each([
  ['', { limit: 100 }],
  ['limit=1', { limit: 1 }],
  ['limit=1000&after=0', { limit: 1_000, after: 0 }],
  ['after=999999999999999', { limit: 100, after: 999_999_999_999_999 }],
])('H28 the query "%s" is parsed correctly', (query, value) => {
  expect(read(query)).toEqual({ value });
});

test('H28 the description has the limits of numbers', () => {
  const { properties } = z.toJSONSchema(page, { io: 'input' });
  expect(properties?.after).toMatchObject({ minimum: 0, maximum: 999_999_999_999_999 });
});

const NO_NUMBERS = [
  '',
  '%205',
  '5%20',
  '5%0A',
  '%2B5',
  '-0',
  '-5',
  '05',
  '5.0',
  '5e1',
  '1e2',
  '0x10',
  '0b1',
  '1_000',
  '1,000',
  'Infinity',
  'NaN',
  'true',
  'null',
  '%D9%A3',
  '%EF%BC%95',
  '9007199254740993',
];

describe('H28 a number is written in plain digits', () => {
  test.each(NO_NUMBERS)('not as "%s"', (text) => {
    expect(read(`limit=${text}`)).toEqual(refusedAt('limit'));
    expect(read(`after=${text}`)).toEqual(refusedAt('after'));
    const version = decodeURIComponent(text);
    expect(momentInput.safeParse({ version }).success).toBe(false);
  });

  test.each(['0', '1001'])('and %s is out of bounds', (text) => {
    expect(read(`limit=${text}`)).toEqual(refusedAt('limit'));
  });
});

describe('H28 a parameter is sent once', () => {
  test.each([
    'limit=1&limit=1',
    'limit=1&limit=2',
    'limit=1&after=2&limit=3',
    'limit=&limit=1',
    '%6cimit=1&limit=1',
  ])('not as "%s"', (query) => {
    expect(read(query)).toEqual(refusedAt('limit'));
  });

  test.each(['limits=1', 'Limit=1', 'limit%5B%5D=1', '__proto__=1', 'constructor=1', '=1'])(
    'and "%s" is another one',
    (query) => {
      const [name = ''] = decodeURIComponent(query).split('=');
      expect(read(query)).toEqual(refusedAt(name));
    },
  );
});

describe('H44 parameters are counted before they are looked at', () => {
  const query = (names: number, times = 1) =>
    Array.from({ length: names * times }, (_, index) => `p${index % names}=1`).join('&');

  test('a hundred at most', () => {
    const open = z.record(z.string(), z.string());
    expect(readQuery(`http://ledge.test/?${query(100)}`, open)).toHaveProperty('value');
    expect(readQuery(`http://ledge.test/?${query(101)}`, open)).toEqual(refusedAt(''));
  });

  test('each repeated one is named once', () => {
    expect(read(query(2, 3))).toMatchObject({ errors: [{ at: 'p0' }, { at: 'p1' }] });
  });

  test('5,000 names, or one name 5,000 times, cost a few milliseconds', () => {
    for (const text of [query(5_000), query(1, 5_000), query(50, 100)]) {
      const startedMs = performance.now();
      expect(read(text)).toHaveProperty('outcome');
      expect(performance.now() - startedMs).toBeLessThan(25);
    }
  });
});

test('H47 __proto__ is refused like every other unknown name, also where any name is taken', () => {
  const unknown = {
    errors: [{ at: '__proto__', message: 'This parameter is not known.' }],
  };
  expect(read('__proto__=x')).toMatchObject(unknown);
  const open = z.record(z.string(), z.string());
  expect(readQuery('http://ledge.test/?a=1&__proto__=x', open)).toMatchObject(unknown);
  expect(readQuery('http://ledge.test/?constructor=1', open)).toEqual({
    value: { constructor: '1' },
  });
});
