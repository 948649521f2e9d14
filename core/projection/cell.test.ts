import { customType, integer, numeric, text } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import { kindOf } from './cell.ts';
import { type Columns, cellNamed, readModelTable, table } from './table.ts';

const id = text().notNull();

function cellFor(column: Columns[string]) {
  return cellNamed(readModelTable('t', table({ id, column }, { key: ['id'] }), 1), 'column');
}

/** A colour that a user keeps as a text, or as whatever `toDriver` makes of it. */
function colour(dataType: string, toDriver: (value: string) => unknown = (value) => `#${value}`) {
  const column = customType<{ data: string; driverData: unknown }>({
    dataType: () => dataType,
    toDriver,
    fromDriver: (stored) => String(stored).slice(1),
  });
  return cellFor(column());
}

describe('G3 a custom column', () => {
  test('stores what its SQL type stores', () => {
    expect(colour('text').encode('fff')).toBe('#fff');
    expect(colour('text').decode('#fff')).toBe('fff');
    expect(colour('integer', Number).encode('16')).toBe(16);
    expect(colour('text').encode(null)).toBeNull();
  });

  test.each<[string, (value: string) => unknown, string]>([
    ['text', () => 5, 'give a value whose driver form is a text'],
    ['integer', () => '5', 'give a value whose driver form is a whole number'],
    ['real', () => Number.NaN, 'give a value whose driver form is a finite number'],
    ['integer', () => true, 'driver form is a whole number'],
  ])('refuses another driver form for %s', (dataType, toDriver, message) => {
    expect(() => colour(dataType, toDriver).encode('x')).toThrow(message);
  });

  test('neither grows nor compares', () => {
    expect(colour('integer', Number)).toMatchObject({ canGrow: false, hasOrder: false });
  });
});

describe('Q10 a bound', () => {
  test('lies between two seconds where the cell is rounded down', () => {
    const second = cellFor(integer({ mode: 'timestamp' }));
    expect(second.encode(new Date(1_500))).toBe(1);
    expect(second.encodeBound(new Date(1_500))).toBe(1.5);
    expect(second.encode(new Date(-1))).toBe(-1);
    expect(second.encodeBound(new Date(-1))).toBe(-0.001);
  });

  test('is the cell everywhere else', () => {
    expect(cellFor(integer({ mode: 'timestamp_ms' })).encodeBound(new Date(1_500))).toBe(1_500);
    expect(cellFor(numeric()).encodeBound('9.50')).toBe(9.5);
    expect(cellFor(text()).encodeBound('a')).toBe('a');
    expect(() => cellFor(integer()).encodeBound('a')).toThrow('t.column was given a text');
  });
});

test('Q11 a cell that stores otherwise has another storage', () => {
  const storages = [
    integer(),
    integer({ mode: 'timestamp' }),
    integer({ mode: 'timestamp_ms' }),
    integer({ mode: 'boolean' }),
    numeric(),
    text(),
    text({ mode: 'json' }),
  ].map((column) => cellFor(column).storage);
  expect(new Set(storages).size).toBe(storages.length);
});

test('a kind does not contain the value', () => {
  expect([1, 0.5, 2 ** 53, Infinity, 'a', '\uD83D', null, undefined].map(kindOf)).toEqual([
    'a whole number',
    'a fraction',
    'a whole number beyond 2^53 - 1',
    'Infinity',
    'a text',
    'a text with half of a surrogate pair',
    'null',
    'undefined',
  ]);
  expect(
    [1n, true, [], {}, new Date(0), new Date(Number.NaN), Promise.resolve()].map(kindOf),
  ).toEqual([
    'a bigint',
    'a boolean',
    'an array',
    'an object',
    'a Date',
    'an invalid Date',
    'a Promise',
  ]);
});
