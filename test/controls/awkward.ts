/**
 * A table with every kind of column, keys that JavaScript and SQLite see differently, and changes of its rows with
 * values that one of them rounds, reorders or does not have.
 */
import { integer, numeric, real, text } from 'drizzle-orm/sqlite-core';
import fc from 'fast-check';
import { type RowChange, rowChanges } from '../../core/projection/row-change.ts';
import { type Columns, readModelTable, table } from '../../core/projection/table.ts';

const moods = ['fine', 'foul'] as const;

export const awkwardDefinition = table(
  {
    second: integer({ mode: 'timestamp' }).notNull(),
    amount: numeric().notNull(),
    name: text().notNull(),
    sum: integer().notNull(),
    most: integer(),
    started: integer().notNull().default(7),
    weight: real(),
    price: numeric(),
    note: text(),
    mood: text({ enum: moods }).notNull().default('fine'),
    isOpen: integer('is_open', { mode: 'boolean' }).notNull().default(false),
    seen: integer({ mode: 'timestamp_ms' }).notNull().default(new Date(0)),
    until: integer({ mode: 'timestamp' }),
    tags: text({ mode: 'json' }).default({ of: ['nothing'] }),
  },
  { key: ['second', 'amount', 'name'] },
);

export const awkwardTable = readModelTable('awkward', awkwardDefinition, 1);

const rows = rowChanges<Columns, string>(awkwardTable);

const SAFE = Number.MAX_SAFE_INTEGER;

/** Of each kind some that fit and some that do not. */
const numbers = fc.constantFrom<unknown>(0, -0, 1, -1, SAFE, -SAFE, SAFE - 1, 2 ** 52, 5e15);
const wrongNumbers = fc.constantFrom<unknown>(2 ** 53, 0.5, Number.NaN, Infinity, '1', 1n, null);
const fractions = fc.constantFrom<unknown>(0.1, 0.2, 0.1 + 0.2, -0, 2 ** 53, 1e300, -5e-324, 3);
const decimals = fc.constantFrom<unknown>(
  '10',
  '9',
  '9.5',
  '-0',
  '0.10',
  '0.1',
  '123456789012.345',
);
const texts = fc.constantFrom<unknown>('', 'a', 'A', '💸', '\uFFFD', '\u0000', '10', "'; --");
const wrongTexts = fc.constantFrom<unknown>('\uD83D', 'a\uDCB8', 5, null, undefined, new Date(0));
const times = fc
  .constantFrom(0, 100, 900, 950, 1_000, -1, -1_000, 1_777_777_777_123)
  .map((ms): unknown => new Date(ms));
const wrongTimes = fc.constantFrom<unknown>(new Date(Number.NaN), 0, '2026-01-01', undefined);
const jsons = fc.constantFrom<unknown>('', [], { a: [null, '\uD83D'] }, -0, null, true);
const wrongJsons = fc.constantFrom<unknown>(1n, { at: new Date(0) }, [Number.NaN], new Map());

/** Mostly what fits: a history that is refused at its start shows nothing. */
function either(right: fc.Arbitrary<unknown>, wrong: fc.Arbitrary<unknown>) {
  return fc.oneof({ arbitrary: right, weight: 12 }, { arbitrary: wrong, weight: 1 });
}

const cells = {
  sum: either(numbers, wrongNumbers),
  most: either(numbers, wrongNumbers),
  started: either(numbers, wrongNumbers),
  weight: either(fractions, wrongNumbers),
  price: either(decimals, fc.constantFrom<unknown>('1e3', '1234567890.1234567', 'x', 5)),
  note: either(texts, wrongTexts),
  mood: either(fc.constantFrom(...moods), wrongTexts),
  isOpen: either(fc.boolean(), fc.constantFrom<unknown>(0, 'true', null)),
  seen: either(times, wrongTimes),
  until: either(times, wrongTimes),
  tags: either(jsons, wrongJsons),
};

type Name = keyof typeof cells;

/** How a column may change, and ways that its column refuses. */
const ways: Readonly<Record<Name, readonly string[]>> = {
  sum: ['set', 'add', 'add', 'add', 'min', 'max'],
  most: ['set', 'add', 'add', 'min', 'max'],
  started: ['set', 'add', 'add', 'min', 'max'],
  weight: ['set', 'min', 'max', 'set', 'min', 'max', 'add'],
  price: ['set', 'min', 'max', 'set', 'min', 'max', 'add'],
  note: ['set', 'min', 'max'],
  mood: ['set', 'min', 'max'],
  isOpen: ['set', 'set', 'set', 'max'],
  seen: ['set', 'set', 'set', 'max'],
  until: ['set', 'set', 'set', 'min'],
  tags: ['set', 'set', 'set', 'max'],
};

const keys = fc.record({
  second: fc.constantFrom(100, 900, 1_000).map((ms) => new Date(ms)),
  amount: fc.constantFrom('10', '9', '9.0'),
  name: fc.constantFrom('', '💸'),
});

type Changes = Record<string, Record<string, unknown>>;

function changesOf(needed: readonly Name[]): fc.Arbitrary<Changes> {
  const names = Object.keys(cells) as Name[];
  const optional = fc.subarray(
    names.filter((name) => !needed.includes(name)),
    { maxLength: 3 },
  );
  return optional
    .chain((chosen) =>
      fc.tuple(
        ...[...needed, ...chosen].map((name) =>
          fc.tuple(fc.constant(name), fc.constantFrom(...ways[name]), cells[name]),
        ),
      ),
    )
    .map((changed) => {
      const changes: Changes = {};
      for (const [name, way, value] of changed) {
        changes[way] = { ...changes[way], [name]: value };
      }
      return changes;
    });
}

/** Not made yet: making a change may throw. */
const attempts: fc.Arbitrary<() => RowChange> = fc.oneof(
  fc
    .tuple(
      keys,
      cells.sum,
      fc.subarray(['note', 'weight', 'tags', 'until'] as const),
      fc.record(cells),
    )
    .map(([key, sum, names, values]) => {
      const others = Object.fromEntries(names.map((name) => [name, values[name]]));
      return () => rows.insert({ ...key, sum, ...others });
    }),
  fc.tuple(keys, changesOf(['sum'])).map(
    ([key, changes]) =>
      () =>
        rows.upsert(key, changes),
  ),
  fc.tuple(keys, changesOf(['sum'])).map(
    ([key, changes]) =>
      () =>
        rows.upsert(key, changes),
  ),
  fc.tuple(keys, changesOf([])).map(
    ([key, changes]) =>
      () =>
        rows.patch(key, changes),
  ),
  keys.map((key) => () => rows.remove(key)),
);

/** As a handler would make them: what is refused when it is made, its event is parked for. */
function madeOf(attempt: () => RowChange): RowChange[] {
  try {
    return [attempt()];
  } catch {
    return [];
  }
}

export const awkwardBatches: fc.Arbitrary<RowChange[][]> = fc.array(
  fc.array(attempts, { maxLength: 6 }).map((some) => some.flatMap(madeOf)),
  { maxLength: 4 },
);

/** One row that grows and shrinks at the bounds of what JavaScript counts. */
export const sumsAtTheBounds: fc.Arbitrary<RowChange[][]> = fc
  .array(
    fc.tuple(
      fc.constantFrom('upsert', 'patch', 'patch', 'reset'),
      fc.constantFrom('sum', 'most'),
      fc.constantFrom(SAFE, -SAFE, 1, -1, 2, -2),
    ),
    { minLength: 2, maxLength: 8 },
  )
  .map((adds) => {
    const key = { second: new Date(0), amount: '1', name: '' };
    const grown = adds.map(([kind, name, by]) => {
      if (kind === 'upsert') return rows.upsert(key, { add: { sum: 0, [name]: by } });
      return rows.patch(key, kind === 'patch' ? { add: { [name]: by } } : { set: { [name]: by } });
    });
    return [[rows.insert({ ...key, sum: SAFE - 1, most: 2 - SAFE })], grown];
  });
