import { integer, text } from 'drizzle-orm/sqlite-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arbitraryBatches,
  arbitraryChange,
  others,
  things,
  thingTable,
} from '../test/controls/things.ts';
import { MemoryRows } from './memory-rows.ts';
import { comesBefore, foldChanges, type RowChange, rowChanges } from './row-change.ts';
import { type Columns, readModelTable, table } from './table.ts';

/** The rows after batches that were each folded, and the rows after one change at a time. */
function folded(batches: readonly RowChange[][]): unknown {
  const rows = new MemoryRows();
  for (const batch of batches) for (const layer of foldChanges(batch)) rows.apply(layer);
  return rows.of(thingTable);
}

function oneByOne(batches: readonly RowChange[][]): unknown {
  const rows = new MemoryRows();
  for (const change of batches.flat()) rows.apply([change]);
  return rows.of(thingTable);
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

  test('writes a row once, though a column is changed that the first change says nothing of', () => {
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

  test('adds up nothing as 0, and lets anything through to a column that holds nothing', () => {
    const batch = [
      things.insert(fresh),
      things.patch(a, { add: { weight: 2 }, max: { note: 'b' } }),
      things.patch(a, { add: { weight: 3 }, max: { note: 'a' } }),
    ];
    expect(folded([batch])).toEqual([{ ...fresh, weight: 5, note: 'b', score: 10, total: 0 }]);
    expect(foldChanges(batch)).toMatchObject([[{ kind: 'insert', set: { weight: 5 }, add: {} }]]);
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
describe('a change is refused', () => {
  test('that does two things to one column', () => {
    expect(() => things.patch(a, { set: { count: 1 }, add: { count: 1 } })).toThrow(
      'things: count is changed in two ways at once.',
    );
    expect(() => things.upsert(a, { min: { label: 'a' }, max: { label: 'b' } })).toThrow(/label/);
  });

  test('that could not make the row', () => {
    expect(() => things.upsert(a, { add: { count: 1 } })).toThrow(
      'things: an upsert needs label, which cannot be null.',
    );
    expect(() => things.upsert(a, { set: { label: 'x' }, add: { count: 1 } })).not.toThrow();
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
