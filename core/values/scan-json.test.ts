import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanJson } from './scan-json.ts';

describe('takes', () => {
  test.each([
    '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
    '[1.0, 0.1, 100, -0, 1e3, 1.5E-7, 9007199254740991]',
    '["a \\" b", "\\u00e9\\ud83d\\ude00", "[[[[", "1e400", "9007199254740993"]',
    '{"constructor":1,"prototype":2,"toString":3}',
    '"__proto__"',
    '',
    '[10000000000000000.00, 100000000000000000000, 0.0e99999, 0.00001e5]',
    '[[[[[[[[8]]]]]]]]',
    // Malformed numbers, strings and values are left to JSON.parse.
    '[0.3e+, 1eE2, 2.e3, 12345678901234567890-1]',
    '["\\u12", "\\x\\u"]',
    '"a":1',
  ])('%s', (text) => {
    expect(scanJson(text, 8)).toBeUndefined();
  });

  test('everything that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        const storable = !/\\u0000|"__proto__":/.test(text) && text.isWellFormed();
        const halves = /\\ud[89a-f]/.test(text);
        if (storable && !halves) expect(scanJson(text, 64)).toBeUndefined();
      }),
    );
  });
});

describe('refuses', () => {
  test.each([
    ['a rounded integer', '[9007199254740993]', /9007199254740993/],
    ['a number that becomes infinite', '{"a":1e400}', /1e400/],
    ['a number that becomes zero', '[1e-400]', /1e-400/],
    ['more digits than are kept', '[0.12345678901234567890]', /exactly/],
    ['a repeated key', '{"a":1,"b":2,"a":3}', /"a" comes twice/],
    ['a repeated key in other spelling', '{"a":1,"\\u0061":3}', /comes twice/],
    ['a prototype', '{"__proto__":{"admin":true}}', /__proto__/],
    ['half a surrogate pair', '["\\ud800"]', /surrogate/],
    ['NUL', '["a\\u0000b"]', /NUL/],
    ['depth', '[[[[[[[[[1]]]]]]]]]', /nested/],
    ['depth in mixed brackets', '{"a":[{"a":[{"a":[{"a":[{"a":1}]}]}]}]}', /nested/],
  ])('%s', (_name, text, message) => {
    expect(scanJson(text, 8)).toMatch(message);
  });

  test('a long number in few words', () => {
    expect(scanJson('9'.repeat(1_000), 8)).toBe(
      `The number ${'9'.repeat(40)} cannot be kept exactly.`,
    );
  });

  test.each([
    ['numbers', '0'],
    ['literals', 'null'],
    ['strings', '""'],
    ['brackets', '{}'],
    ['members', '{"a":true}', 2],
  ])('H61 more than 100,000 values: %s', (_what, value, valuesEach = 1) => {
    const list = (values: number) => `[${Array(values).fill(value).join(',')}]`;
    const most = Math.floor(99_999 / valuesEach);
    expect(scanJson(list(most), 64)).toBeUndefined();
    expect(scanJson(list(most + 1), 64)).toMatch(/more than 100000 values/);
  });

  test('two megabytes of brackets before they are parsed', () => {
    expect(scanJson('['.repeat(2_000_000), 64)).toMatch(/nested/);
  });
});

test.each([
  ['"', '\\"', ''],
  ['"', '"', ''],
  ['"', '"a\\', ''],
  ['"', '1e', ''],
  ['"', '""   ', ''],
  ['1', '0', '1'],
  ['1.', '0', '1'],
  ['1e', '0', '1'],
])('reads %j, a megabyte of %j and %j in one pass', (start, repeated, end) => {
  // In more than one pass this would take minutes.
  scanJson(`${start}${repeated.repeat(1_000_000 / repeated.length)}${end}`, 64);
});
