import { integer, numeric, text } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import { foldChanges } from './fold-changes.ts';
import { MemoryRows } from './memory-rows.ts';
import { type RowChange, rowChanges } from './row-change.ts';
import { type Columns, readModelTable, table } from './table.ts';

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

test('rows are in the order of their keys', () => {
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

  test('a sum beyond what JavaScript counts, on the way too', () => {
    const most = sales.patch(monday, { set: { orders: Number.MAX_SAFE_INTEGER } });
    const one = sales.patch(monday, { add: { orders: 1 } });
    const back = sales.patch(monday, { add: { orders: -1 } });
    expect(() => rowsAfter(insert, most, one)).toThrow('sales.orders: a sum beyond 2^53 - 1.');
    const [[more, ...rest] = []] = foldChanges([one, back]);
    expect(rest).toEqual([]);
    expect(() => rowsAfter(insert, most, ...(more ? [more] : []))).toThrow('sales.orders: a sum');
    expect(rowsAfter(insert, most, back, one)).toMatchObject([{ orders: Number.MAX_SAFE_INTEGER }]);
  });
});

test('G6 rows are read as they are stored: seconds, defaults, JSON', () => {
  const times = readModelTable(
    'times',
    table(
      {
        second: integer({ mode: 'timestamp' }).notNull(),
        count: integer().notNull(),
        since: integer({ mode: 'timestamp_ms' }).notNull().default(new Date(0)),
        price: numeric(),
        tags: text({ mode: 'json' }),
      },
      { key: ['second'] },
    ),
    1,
  );
  const counted = rowChanges<Columns, string>(times);
  const rows = new MemoryRows();
  const at = (ms: number) => ({ second: new Date(ms) });
  const batch = [100, 900, 950].map((ms) => counted.upsert(at(ms), { add: { count: 1 } }));
  const tagged = { set: { tags: { a: [-0] }, price: '1.50' } };
  for (const layer of foldChanges([...batch, counted.patch(at(1), tagged)])) rows.apply(layer);
  expect(rows.of(times)).toEqual([
    { second: new Date(0), count: 3, since: new Date(0), price: '1.5', tags: { a: [0] } },
  ]);
});
