/** Arbitrary goods, arbitrary questions about them, and the answers worked out in JavaScript. */

import fc from 'fast-check';
import { comesBefore } from '../../core/values/compare-values.ts';
import type { Good } from './shelf.ts';

/** Texts that are near each other, and that SQL, JSON or a URL could take for something else. */
export const TEXTS = [
  ...['', 'a', 'A', 'ab', 'a b', 'a+b', 'a%', 'a_', 'a,b', 'a\\', 'a\\,', "a'--", 'a"', 'a&b=c'],
  ...['é', 'e\u0301', 'a\u{d7ff}', 'a\u{d7ff}x', 'a\u{e000}', 'a\u{ffff}', 'a😀', 'a\u{10ffff}'],
  ...['a\u{10ffff}b', '\u{10ffff}', 'b', 'null', '0', 'a\u0000', 'a\u0000b'],
];

const cells = {
  kind: fc.constantFrom('tea', 'coffee', 'cocoa'),
  name: fc.constantFrom(...TEXTS),
  note: fc.constantFrom(...TEXTS),
  cents: fc.constantFrom(-12, -1, 0, 1, 2, 1_000_000_000_000),
  kilos: fc.constantFrom(-1.5, 0, 0.25, 3, 1_000),
  isFair: fc.boolean(),
  pickedAt: fc
    .constantFrom(
      '1969-12-31T23:59:59.999Z',
      '1970-01-01T00:00:00.000Z',
      '2026-05-01T10:00:00.001Z',
    )
    .map((time) => new Date(time)),
  packedAt: fc.constantFrom(-1_000, 0, 1_000, 2_000).map((ms) => new Date(ms)),
  price: fc.constantFrom('-1', '0', '0.5', '9', '9.5', '10'),
} as const;

/** Bounds that the column cannot store: times between two whole seconds. */
const askedOf: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ...cells,
  packedAt: fc.constantFrom(-1_000, -500, -1, 0, 1, 999, 1_000, 1_500).map((ms) => new Date(ms)),
};

type Column = keyof typeof cells;

export const someGoods: fc.Arbitrary<Good[]> = fc
  .array(fc.record({ ...cells, note: fc.option(cells.note) }), { maxLength: 12 })
  .map((goods) => goods.map((good, index) => ({ id: `g-${index}`, ...good })));

/** Nothing is equal to, before or after a cell that is empty. */
const operators = {
  eq: (cell, [asked]) => cell === asked,
  in: (cell, asked) => asked.includes(cell),
  gt: (cell, [asked]) => comesBefore(asked, cell),
  gte: (cell, [asked]) => !comesBefore(cell, asked),
  lt: (cell, [asked]) => comesBefore(cell, asked),
  lte: (cell, [asked]) => !comesBefore(asked, cell),
  prefix: (cell, [asked]) => String(cell).startsWith(String(asked)),
} satisfies Record<string, (cell: Comparable, asked: readonly Comparable[]) => boolean>;

type Operator = keyof typeof operators;
type Comparable = string | number;

interface Filter {
  readonly column: Column;
  readonly operator: Operator;
  readonly asked: readonly unknown[];
}

const ranges = ['eq', 'in', 'gt', 'gte', 'lt', 'lte'] as const;
const allowed: Readonly<Record<Column, readonly Operator[]>> = {
  kind: ['eq', 'in'],
  name: [...ranges, 'prefix'],
  note: [...ranges, 'prefix'],
  cents: ranges,
  kilos: ranges,
  isFair: ['eq'],
  pickedAt: ranges,
  packedAt: ranges,
  price: ranges,
};

const columns = Object.keys(cells) as Column[];

function filterOn(column: Column): fc.Arbitrary<Filter> {
  return fc.constantFrom(...allowed[column]).chain((operator) => {
    const items =
      operator === 'in' ? { minLength: 1, maxLength: 4 } : { minLength: 1, maxLength: 1 };
    const asked: fc.Arbitrary<unknown[]> = fc.array(askedOf[column] ?? cells[column], items);
    return asked.map((asked) => ({ column, operator, asked }));
  });
}

const sorts = ['id', 'name', 'cents', 'kilos', 'isFair', 'pickedAt', 'packedAt', 'price'] as const;

export interface Question {
  readonly filters: readonly Filter[];
  readonly sort: (typeof sorts)[number];
  readonly descending: boolean;
  readonly limit: number;
}

export const someQuestion: fc.Arbitrary<Question> = fc.record({
  filters: fc.uniqueArray(fc.constantFrom(...columns).chain(filterOn), {
    maxLength: 3,
    selector: ({ column, operator }) => `${column}.${operator}`,
  }),
  sort: fc.constantFrom(...sorts),
  descending: fc.boolean(),
  limit: fc.integer({ min: 1, max: 4 }),
});

/** As a client writes it. */
export function queryString({ filters, sort, descending, limit }: Question): string {
  const parameters = new URLSearchParams({
    sort: `${descending ? '-' : ''}${sort}`,
    limit: `${limit}`,
  });
  for (const { column, operator, asked } of filters) {
    const texts = asked.map((value) =>
      value instanceof Date ? value.toISOString() : String(value),
    );
    if (operator === 'eq') parameters.set(column, texts.join());
    else if (operator === 'in') parameters.set(`${column}.in`, texts.map(escaped).join());
    else parameters.set(`${column}.${operator}`, texts.join());
  }
  return parameters.toString();
}

/** As an item of a list. */
export function escaped(text: string): string {
  return text.replace(/[\\,]/g, '\\$&');
}

/** All of them, in order. */
export function answerTo(goods: readonly Good[], { filters, sort, descending }: Question): Good[] {
  const found = goods.filter((good) => filters.every((filter) => passes(good, filter)));
  const sorted = found.toSorted(
    (a, b) => compare(comparable(sort, a[sort]), comparable(sort, b[sort])) || compare(a.id, b.id),
  );
  return descending ? sorted.reverse() : sorted;
}

function passes(good: Good, { column, operator, asked }: Filter): boolean {
  const cell = good[column];
  const comparables = asked.map((value) => comparable(column, value));
  return cell !== null && operators[operator](comparable(column, cell), comparables);
}

/** A price is a text that is compared as a number. */
function comparable(column: Column | 'id', cell: unknown): Comparable {
  return typeof cell === 'string' && column !== 'price' ? cell : Number(cell);
}

function compare(a: Comparable, b: Comparable): number {
  if (comesBefore(a, b)) return -1;
  return comesBefore(b, a) ? 1 : 0;
}
