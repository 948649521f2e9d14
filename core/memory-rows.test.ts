import { integer, text } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import { MemoryRows } from './memory-rows.ts';
import { type RowChange, rowChanges } from './row-change.ts';
import { readModelTable, table } from './table.ts';

const definition = table(
  {
    day: text().notNull(),
    country: text().notNull(),
    orders: integer().notNull(),
    best: integer(),
    score: integer().notNull().default(10),
  },
  { key: ['day', 'country'] },
);
const model = readModelTable('sales', definition, 1);
const sales = rowChanges<typeof definition.columns, 'day' | 'country'>(model);
const monday = { day: '2026-05-04', country: 'DE' };
const row = { ...monday, orders: 1, best: null, score: 10 };

function rowsAfter(...changes: readonly RowChange[]) {
  const rows = new MemoryRows();
  rows.apply(changes);
  return rows.of(model);
}

describe('a row', () => {
  test('is inserted with nothing, or its default, in the columns that are not named', () => {
    expect(rowsAfter(sales.insert({ ...monday, orders: 1 }))).toEqual([row]);
    expect(rowsAfter(sales.upsert(monday, { add: { orders: 1 } }))).toEqual([row]);
  });

  test.each([
    ['is set', sales.patch(monday, { set: { orders: 7, best: 2 } }), { orders: 7, best: 2 }],
    ['grows', sales.patch(monday, { add: { orders: 7 } }), { orders: 8 }],
    ['grows from nothing', sales.patch(monday, { add: { best: 7 } }), { best: 7 }],
    ['keeps the smaller', sales.patch(monday, { min: { orders: 0, score: 11 } }), { orders: 0 }],
    ['keeps the larger', sales.patch(monday, { max: { orders: 0, score: 11 } }), { score: 11 }],
    ['takes anything for nothing', sales.patch(monday, { max: { best: -5 } }), { best: -5 }],
    ['is changed by an upsert', sales.upsert(monday, { add: { orders: 7 } }), { orders: 8 }],
  ])('%s', (_title, change, changed) => {
    expect(rowsAfter(sales.insert({ ...monday, orders: 1 }), change)).toEqual([
      { ...row, ...changed },
    ]);
  });

  test('is removed, and is as if it had never been', () => {
    const insert = sales.insert({ ...monday, orders: 1 });
    expect(rowsAfter(insert, sales.remove(monday))).toEqual([]);
    expect(rowsAfter(insert, sales.remove(monday), insert)).toEqual([row]);
  });

  test('that does not exist is not patched into being', () => {
    expect(rowsAfter(sales.patch(monday, { add: { orders: 1 } }), sales.remove(monday))).toEqual(
      [],
    );
  });
});

test('rows come in the order of their keys, whatever order they were made in', () => {
  const days = ['2026-05-04', '2026-05-03'].flatMap((day) =>
    ['US', 'DE', 'éé'].map((country) => sales.insert({ day, country, orders: 1 })),
  );
  for (const made of [days, days.toReversed()]) {
    expect(rowsAfter(...made).map(({ day, country }) => `${day} ${country}`)).toEqual([
      '2026-05-03 DE',
      '2026-05-03 US',
      '2026-05-03 éé',
      '2026-05-04 DE',
      '2026-05-04 US',
      '2026-05-04 éé',
    ]);
  }
});

test('rows of other tables are other rows', () => {
  const other = readModelTable('returns', definition, 1);
  const returned = rowChanges<typeof definition.columns, 'day' | 'country'>(other);
  const rows = new MemoryRows();
  rows.apply([sales.insert({ ...monday, orders: 1 }), returned.insert({ ...monday, orders: 2 })]);
  expect(rows.of(model)).toEqual([row]);
  expect(rows.of(other)).toEqual([{ ...row, orders: 2 }]);
});

describe('as the database would, it refuses', () => {
  const insert = sales.insert({ ...monday, orders: 1 });

  test('a row that exists', () => {
    expect(() => rowsAfter(insert, insert)).toThrow(
      'sales 2026-05-04,DE is inserted, but it exists.',
    );
  });

  test('nothing where something has to be', () => {
    const emptied: RowChange = { ...sales.patch(monday, {}), set: { orders: null } };
    expect(() => rowsAfter(insert, emptied)).toThrow(
      'sales 2026-05-04,DE has nothing in orders, which cannot be null.',
    );
    const halfMade: RowChange = { ...sales.patch(monday, {}), kind: 'upsert' };
    expect(() => rowsAfter(insert, halfMade)).toThrow('nothing in orders');
  });
});
