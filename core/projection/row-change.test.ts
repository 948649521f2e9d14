import { integer, text } from 'drizzle-orm/sqlite-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { awkwardBatches, awkwardTable } from '../../test/controls/awkward.ts';
import {
  arbitraryBatches,
  arbitraryChange,
  others,
  things,
  thingTable,
} from '../../test/controls/things.ts';
import { comesBefore } from '../values/compare-values.ts';
import { foldChanges } from './fold-changes.ts';
import { MemoryRows } from './memory-rows.ts';
import { type RowChange, rowChanges } from './row-change.ts';
import { type Columns, readModelTable, table } from './table.ts';

/** The rows after batches that were each folded, and the rows after one change at a time. */
function folded(batches: readonly RowChange[][], table = thingTable): unknown {
  const rows = new MemoryRows();
  for (const batch of batches) for (const layer of foldChanges(batch)) rows.apply(layer);
  return rows.of(table);
}

function oneByOne(batches: readonly RowChange[][], table = thingTable): unknown {
  const rows = new MemoryRows();
  for (const change of batches.flat()) rows.apply([change]);
  return rows.of(table);
}

function orRefused(rows: () => unknown): unknown {
  try {
    return rows();
  } catch {
    return 'refused';
  }
}

const a = { id: 'a' };
const fresh = { ...a, count: 1, label: 'new' };

describe('G1 folding', () => {
  test('is the same as one change at a time, however they are cut into batches', () => {
    fc.assert(
      fc.property(arbitraryBatches, (batches) => {
        expect(orRefused(() => folded(batches))).toEqual(orRefused(() => oneByOne(batches)));
      }),
      { numRuns: 3_000 },
    );
  });

  test('G4 so it is with values that JavaScript and SQLite see differently', () => {
    fc.assert(
      fc.property(awkwardBatches, (batches) => {
        const made = orRefused(() => folded(batches, awkwardTable));
        expect(made).toEqual(orRefused(() => oneByOne(batches, awkwardTable)));
        expect(orRefused(() => folded([batches.flat()], awkwardTable))).toEqual(made);
      }),
      { numRuns: 3_000 },
    );
  });

  test('does not depend on the order within a layer', () => {
    fc.assert(
      fc.property(fc.array(arbitraryChange, { maxLength: 12 }), (batch) => {
        const backwards = new MemoryRows();
        const layers = foldChanges(batch).map((layer) => layer.toReversed());
        const rows = orRefused(() => {
          for (const layer of layers) backwards.apply(layer);
          return backwards.of(thingTable);
        });
        expect(rows).toEqual(orRefused(() => oneByOne([batch])));
      }),
    );
  });

  test('writes a row once, though a hundred events change it in the same ways', () => {
    const counted = { add: { count: 1 }, min: { label: 'x' }, max: { weight: 2 } };
    const patches = Array.from({ length: 99 }, () => things.patch(a, counted));
    for (const first of [
      things.insert(fresh),
      things.upsert(a, counted),
      things.patch(a, { ...counted, set: { note: 'first' } }),
    ]) {
      expect(foldChanges([first, ...patches])).toHaveLength(1);
      expect(foldChanges([first, ...patches])[0]).toHaveLength(1);
    }
  });

  test('writes a row once, though events count in several columns that begin at 0', () => {
    const counts = readModelTable(
      'counts',
      table(
        {
          id: text().notNull(),
          in: integer().notNull().default(0),
          out: integer().notNull().default(0),
        },
        { key: ['id'] },
      ),
      1,
    );
    const counted = rowChanges<Columns, string>(counts);
    const [ins, outs] = [{ add: { in: 1 } }, { add: { out: 1 } }];
    const batch = [ins, outs, ins, outs].map((changed) => counted.upsert(a, changed));
    expect(foldChanges(batch)).toMatchObject([[{ kind: 'upsert', add: { in: 2, out: 2 } }]]);
  });

  test('writes a row once, also with a column that the first change does not have', () => {
    const counted = things.patch(a, { add: { count: 1 } });
    expect(foldChanges([counted, things.patch(a, { add: { score: 1 } })])).toHaveLength(1);
    const made = things.upsert(a, { add: { count: 1 }, set: { label: 'x' } });
    expect(foldChanges([made, things.patch(a, { max: { weight: 1 } })])).toHaveLength(1);
    expect(foldChanges([made, things.patch(a, { max: { score: 1 } })])).toHaveLength(2);
  });

  test('writes each row at most once in a layer', () => {
    fc.assert(
      fc.property(fc.array(arbitraryChange, { maxLength: 12 }), (batch) => {
        for (const layer of foldChanges(batch)) {
          const ids = layer.map(({ key }) => key.id);
          expect(ids).toEqual([...new Set(ids)]);
        }
      }),
    );
  });

  test('keeps rows apart by table and by every part of the key', () => {
    const pair = table(
      { x: text().notNull(), y: text().notNull(), n: integer() },
      { key: ['x', 'y'] },
    );
    const pairs = rowChanges<typeof pair.columns, 'x' | 'y'>(readModelTable('pairs', pair, 1));
    const batch = [
      pairs.remove({ x: 'a', y: 'b' }),
      pairs.remove({ x: 'a,b', y: '' }),
      pairs.remove({ x: '', y: 'a,b' }),
      things.remove(a),
      others.remove(a),
    ];
    expect(foldChanges(batch)).toEqual([batch]);
  });

  test('drops a patch that changes nothing: SQL has no word for it', () => {
    expect(foldChanges([things.patch(a, {}), things.patch(a, { set: {} })])).toEqual([]);
  });

  test('adds null as 0, and lets min and max replace null', () => {
    const batch = [
      things.insert(fresh),
      things.patch(a, { add: { grams: 2 }, max: { note: 'b' } }),
      things.patch(a, { add: { grams: 3 }, max: { note: 'a' } }),
    ];
    expect(folded([batch])).toEqual([
      { ...fresh, weight: null, grams: 5, note: 'b', score: 10, total: 0 },
    ]);
    expect(foldChanges(batch)).toMatchObject([[{ kind: 'insert', set: { grams: 5 }, add: {} }]]);
  });

  test('compares texts as SQLite does, by code point', () => {
    const batch = [
      things.insert({ ...fresh, note: '💸' }),
      things.patch(a, { min: { note: '\uFFFD' } }),
    ];
    expect(folded([batch])).toMatchObject([{ note: '\uFFFD' }]);
  });
});

test('nothing comes before its equal, nor a text before its own beginning', () => {
  for (const one of [0, 1, '', 'a', '💸']) expect(comesBefore(one, one)).toBe(false);
  for (const longer of ['a\u0001', 'ab', 'a💸']) {
    expect(comesBefore('a', longer)).toBe(true);
    expect(comesBefore(longer, 'a')).toBe(false);
  }
});

/** Both would be done by halves, or only sometimes, depending on what else is in the batch. */
describe('G3 a change is refused when it is made', () => {
  const any = rowChanges<Columns, string>(awkwardTable);
  const key = { second: new Date(0), amount: '1', name: 'a' };

  test('that does two things to one column', () => {
    expect(() => things.patch(a, { set: { count: 1 }, add: { count: 1 } })).toThrow(
      'things: count is changed in two ways at once.',
    );
    const twice = { min: { label: 'a' }, max: { label: 'b' }, add: { count: 1 } };
    expect(() => things.upsert(a, twice)).toThrow(/label/);
  });

  test('that could not make the row', () => {
    // @ts-expect-error: the compiler says so too
    expect(() => things.upsert(a, { add: { count: 1 } })).toThrow(
      'things: an upsert needs label, which cannot be null.',
    );
    expect(() => things.upsert(a, { set: { label: 'x' }, add: { count: 1 } })).not.toThrow();
    expect(() => any.insert(key)).toThrow('awkward: an insert needs sum, which cannot be null.');
    expect(() => any.insert({ sum: 1 })).toThrow('awkward: an insert needs second');
  });

  test('that names an unknown column, or not the key', () => {
    const surplus = 'awkward has no column colour: name the columns that it declares.';
    expect(() => any.insert({ ...key, sum: 1, colour: 'red' })).toThrow(surplus);
    expect(() => any.patch(key, { set: { colour: 'red' } })).toThrow(surplus);
    for (const name of ['tenant', 'constructor', '__proto__', 'is_open']) {
      expect(() => any.patch(key, { set: { [name]: 'x' } })).toThrow('awkward has no column');
    }
    const named = 'awkward: a row is named by its key, which is second, amount, name.';
    const { name: _name, ...part } = key;
    expect(() => any.remove(part)).toThrow(named);
    expect(() => any.remove({ ...key, note: 'b' })).toThrow(named);
    expect(() => any.patch(key, { set: { name: 'b' } })).toThrow('name is part of the key');
    expect(() => any.patch(key, { sub: { sum: 1 } } as never)).toThrow('not by sub');
    expect(() => any.insert(null as never)).toThrow('awkward was given null: give an object');
    expect(() => any.patch(key, [] as never)).toThrow('awkward was given an array');
  });

  const whole = 'give a whole number up to 2^53 - 1.';
  const halfPair =
    'awkward.note was given a text with half of a surrogate pair: give a text without';
  test.each<[string, object, string]>([
    ['sum', { set: { sum: null } }, `awkward.sum was given null: ${whole}`],
    ['sum', { set: { sum: undefined } }, `awkward.sum was given undefined: ${whole}`],
    ['sum', { set: { sum: '5' } }, `awkward.sum was given a text: ${whole}`],
    ['sum', { add: { sum: 0.5 } }, `awkward.sum was given a fraction: ${whole}`],
    ['sum', { add: { sum: 2 ** 53 } }, 'awkward.sum was given a whole number beyond 2^53 - 1'],
    ['sum', { max: { sum: Number.NaN } }, 'awkward.sum was given NaN'],
    ['sum', { set: { sum: 5n } }, 'awkward.sum was given a bigint'],
    ['weight', { set: { weight: -Infinity } }, 'given -Infinity: give a finite number.'],
    ['weight', { add: { weight: 1 } }, 'awkward.weight cannot grow: only an integer() does'],
    ['price', { add: { price: '1' } }, 'awkward.price cannot grow'],
    ['price', { set: { price: '1234567890.1234567' } }, 'as text, with at most 15 digits'],
    ['note', { set: { note: '\uD83D' } }, halfPair],
    ['note', { max: { note: null } }, 'awkward.note was given null, which neither grows'],
    ['most', { min: { most: null } }, 'awkward.most was given null'],
    ['most', { add: { most: null } }, 'awkward.most was given null'],
    ['mood', { set: { mood: 'sad' } }, 'awkward.mood was given a text: give one of fine, foul.'],
    ['isOpen', { set: { isOpen: 1 } }, 'awkward.isOpen was given a whole number: give true or'],
    ['isOpen', { min: { isOpen: true } }, 'awkward.isOpen has no min and max'],
    ['seen', { set: { seen: '2026-01-01' } }, 'awkward.seen was given a text: give a valid Date.'],
    ['seen', { set: { seen: new Date(Number.NaN) } }, 'awkward.seen was given an invalid Date'],
    ['until', { set: { until: 5 } }, 'awkward.until was given a whole number'],
    ['tags', { set: { tags: { n: 1n } } }, 'awkward.tags was given an object: give a value that'],
    ['tags', { set: { tags: [new Date(0)] } }, 'awkward.tags was given an array: give a value'],
    ['tags', { set: { tags: () => 1 } }, 'awkward.tags was given a function'],
    ['tags', { set: { tags: Promise.resolve() } }, 'awkward.tags was given a Promise'],
  ])('whose %s does not fit', (_column, changes, message) => {
    expect(() => any.patch(key, changes)).toThrow(message);
  });

  test('and does not contain the value', () => {
    expect(() => any.patch(key, { set: { sum: 'ann@example.org' } })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('ann') }),
    );
  });
});

describe('G3 a change has the stored forms', () => {
  const any = rowChanges<Columns, string>(awkwardTable);
  const key = { second: new Date(1_999), amount: '10', name: '💸' };

  test('and cannot be changed afterwards', () => {
    const cells = { sum: -0, note: 'a' };
    const change = any.upsert(key, { set: cells });
    cells.note = 'b';
    expect(change).toMatchObject({ key: { second: 1, amount: 10 }, set: { sum: 0, note: 'a' } });
    expect(() => Object.assign(change.set, { note: 'c' })).toThrow();
    expect(() => Object.assign(change, { kind: 'remove' })).toThrow();
  });

  test('so keys that are stored alike are one row', () => {
    const same = [key, { ...key, second: new Date(1_000) }, { ...key, amount: '10.0' }];
    const batch = same.map((one) => any.upsert(one, { add: { sum: 1 } }));
    expect(foldChanges(batch)).toMatchObject([[{ add: { sum: 3 } }]]);
  });

  test('and numbers are compared as numbers, though they are given as texts', () => {
    const batch = ['10', '9'].map((price) => any.patch(key, { max: { price } }));
    expect(foldChanges(batch)).toMatchObject([[{ max: { price: 10 } }]]);
  });
});

describe('G4 additions', () => {
  const adds = (...sums: readonly number[]) =>
    sums.map((count) => things.patch(a, { add: { count } }));
  const most = Number.MAX_SAFE_INTEGER;

  test('keep the range of intermediate sums if it exceeds the total', () => {
    expect(foldChanges(adds(2, 3))).toMatchObject([[{ add: { count: 5 }, swing: {} }]]);
    expect(foldChanges(adds(5, -7, 1))).toMatchObject([
      [{ add: { count: -1 }, swing: { count: { low: -2, high: 5 } } }],
    ]);
    expect(foldChanges([...adds(5, -5), things.patch(a, { set: { count: 1 } })])).toMatchObject([
      [{ set: { count: 1 }, add: {}, swing: { count: { low: 0, high: 5 } } }],
    ]);
  });

  test('that JavaScript would round stay apart', () => {
    expect(foldChanges(adds(most, 1))).toHaveLength(2);
    expect(foldChanges(adds(most, -1, 1))).toHaveLength(1);
    expect(foldChanges([things.insert({ ...fresh, count: most }), ...adds(1)])).toHaveLength(2);
  });
});

describe('an insert', () => {
  test('has its defaults filled in, and its key apart', () => {
    const { kind, key, set } = things.insert(fresh);
    expect(kind).toBe('insert');
    expect(key).toEqual({ id: 'a' });
    expect(set).toEqual({ count: 1, label: 'new', score: 10, total: 0 });
    expect(things.insert({ ...fresh, score: 3 })).toMatchObject({ set: { score: 3 } });
  });
});
