/** A table with columns of every kind, and arbitrary changes of its rows. */
import { integer, real, text } from 'drizzle-orm/sqlite-core';
import fc from 'fast-check';
import { type RowChange, rowChanges } from '../../core/projection/row-change.ts';
import { type Columns, readModelTable, table } from '../../core/projection/table.ts';

const definition = table(
  {
    id: text().notNull(),
    count: integer().notNull(),
    label: text().notNull(),
    weight: real(),
    grams: integer(),
    note: text(),
    score: integer().notNull().default(10),
    total: integer().notNull().default(0),
  },
  { key: ['id'] },
);

type ThingColumns = (typeof definition)['columns'];

export const thingTable = readModelTable('things', definition, 1);
export const things = rowChanges<ThingColumns, 'id'>(thingTable);

/** Rows with the same keys in another table. */
export const others = rowChanges<ThingColumns, 'id'>(readModelTable('others', definition, 1));

/** The same table, to changes that are only known when they are made. */
const anyThings = rowChanges<Columns, string>(thingTable);

/** How some columns change. */
interface Ways {
  readonly set: Readonly<Record<string, unknown>>;
  readonly add: Readonly<Record<string, number>>;
  readonly min: Readonly<Record<string, unknown>>;
  readonly max: Readonly<Record<string, unknown>>;
}

const nothing: Ways = { set: {}, add: {}, min: {}, max: {} };

/** Few rows and few values, so that changes meet. */
const ids = fc.constantFrom('a', 'b');
const numbers = fc.integer({ min: -2, max: 2 });
const fractions = fc.constantFrom(-0, 0.1, 0.2, 0.1 + 0.2, 1e21, -5e-324);
const words = fc.constantFrom('', 'k', 'z', '\uFFFD', '💸');

/** What an upsert has to name, and what it may. */
const needed = [numberChanges('count'), wordChanges('label')];
const optional = [
  fc.oneof(fractionChanges('weight'), emptied('weight')),
  fc.oneof(numberChanges('grams'), emptied('grams')),
  fc.oneof(wordChanges('note'), emptied('note')),
  numberChanges('score'),
  numberChanges('total'),
];

const inserts = fc
  .record(
    {
      id: ids,
      count: numbers,
      label: words,
      weight: fc.option(fractions),
      grams: fc.option(numbers),
      note: fc.option(words),
      score: numbers,
    },
    { requiredKeys: ['id', 'count', 'label'] },
  )
  .map((row) => anyThings.insert(row));

const upserts = fc
  .tuple(ids, fc.tuple(...needed, ...optional.map(orNothing)).map(together))
  .map(([id, ways]) => anyThings.upsert({ id }, ways));

const patches = fc
  .tuple(ids, fc.tuple(...[...needed, ...optional].map(orNothing)).map(together))
  .map(([id, ways]) => anyThings.patch({ id }, ways));

const removes = ids.map((id) => anyThings.remove({ id }));

export const arbitraryChange: fc.Arbitrary<RowChange> = fc.oneof(
  { arbitrary: inserts, weight: 1 },
  { arbitrary: upserts, weight: 3 },
  { arbitrary: patches, weight: 4 },
  { arbitrary: removes, weight: 2 },
);

/** Several batches of changes, as they would arrive one after the other. */
export const arbitraryBatches = fc.array(fc.array(arbitraryChange, { maxLength: 8 }), {
  maxLength: 4,
});

function numberChanges(name: string): fc.Arbitrary<Ways> {
  return fc
    .tuple(fc.constantFrom('set', 'add', 'min', 'max'), numbers)
    .map(([way, value]) => ({ ...nothing, [way]: { [name]: value } }));
}

function fractionChanges(name: string): fc.Arbitrary<Ways> {
  return fc
    .tuple(fc.constantFrom('set', 'min', 'max'), fractions)
    .map(([way, value]) => ({ ...nothing, [way]: { [name]: value } }));
}

function wordChanges(name: string): fc.Arbitrary<Ways> {
  return fc
    .tuple(fc.constantFrom('set', 'min', 'max'), words)
    .map(([way, value]) => ({ ...nothing, [way]: { [name]: value } }));
}

function emptied(name: string): fc.Arbitrary<Ways> {
  return fc.constant({ ...nothing, set: { [name]: null } });
}

function orNothing(ways: fc.Arbitrary<Ways>): fc.Arbitrary<Ways> {
  return fc.option(ways, { nil: nothing });
}

function together(all: readonly Ways[]): Ways {
  return {
    set: Object.assign({}, ...all.map(({ set }) => set)),
    add: Object.assign({}, ...all.map(({ add }) => add)),
    min: Object.assign({}, ...all.map(({ min }) => min)),
    max: Object.assign({}, ...all.map(({ max }) => max)),
  };
}
