import { sql } from 'drizzle-orm';
import {
  blob,
  customType,
  getTableConfig,
  integer,
  numeric,
  real,
  text,
} from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import { type Columns, columnNamed, type ReadModelTable, readModelTable, table } from './table.ts';

const id = text().notNull();
const time = () => integer({ mode: 'timestamp' });
const blobs = customType<{ data: Uint8Array }>({ dataType: () => 'blob' });
const stock = readModelTable(
  'stockBySku',
  table(
    { sku: text().notNull(), onHand: integer('on_hand').notNull().default(0), note: text() },
    { key: ['sku'], filters: ['note'], sorts: ['onHand'] },
  ),
  3,
);

describe('a table', () => {
  test('carries its projection’s version in its name', () => {
    expect(getTableConfig(stock.table).name).toBe('stock_by_sku_v3');
    expect(stock.name).toBe('stockBySku');
  });

  test('has the tenant as its first column and first in its key', () => {
    const { columns, primaryKeys } = getTableConfig(stock.table);
    expect(columns.map(({ name }) => name)).toEqual(['tenant', 'sku', 'on_hand', 'note']);
    const keys = primaryKeys.map((key) => key.columns.map(({ name }) => name));
    expect(keys).toEqual([['tenant', 'sku']]);
  });

  test('can always be filtered and sorted by its key', () => {
    expect(stock.definition).toMatchObject({
      filters: ['sku', 'note'],
      sorts: ['sku', 'onHand'],
    });
  });

  test('can be filtered and sorted by every column that SQLite orders correctly', () => {
    const columns = {
      id,
      number: integer().notNull(),
      flag: integer({ mode: 'boolean' }).notNull(),
      moment: integer({ mode: 'timestamp' }).notNull(),
    };
    const names = ['id', 'number', 'flag', 'moment'] as const;
    const all = table(columns, { key: ['id'], filters: names, sorts: names });
    expect(readModelTable('t', all, 1).definition).toMatchObject({ filters: names, sorts: names });
  });

  test('knows the values of new rows, as they are stored', () => {
    expect(stock.defaults).toEqual({ onHand: 0 });
    const times = {
      id,
      at: time().default(new Date(1_500)),
      tags: text({ mode: 'json' }).default([]),
    };
    const model = readModelTable('t', table(times, { key: ['id'] }), 1);
    expect(model.defaults).toEqual({ at: 1, tags: '[]' });
  });

  test('knows its own columns alone', () => {
    expect(columnNamed(stock.columns, 'onHand').name).toBe('on_hand');
    for (const name of ['on_hand', 'constructor', '__proto__']) {
      expect(() => columnNamed(stock.columns, name)).toThrow(`There is no column ${name}.`);
    }
  });
});

describe('a table is refused', () => {
  test('with a column tenant', () => {
    expect(() => table({ id, tenant: text() }, { key: ['id'] })).toThrow('a column named tenant');
  });

  test.each(['sort', 'limit', 'cursor', 'count', 'id.in'])(
    'that filters by %s, which is a parameter of every list',
    (name) => {
      const columns: Columns = { id, [name]: text().notNull() };
      expect(() => table(columns, { key: ['id'] })).not.toThrow();
      const refusal = `A column named ${name} cannot filter`;
      expect(() => table(columns, { key: ['id'], filters: [name] })).toThrow(refusal);
      expect(() => table(columns, { key: [name] })).toThrow(refusal);
    },
  );

  test.each([
    ['JSON', text({ mode: 'json' }).notNull()],
    ['a blob', blob({ mode: 'buffer' }).notNull()],
    ['a big integer', blob({ mode: 'bigint' }).notNull()],
  ])('that filters or sorts by %s', (_kind, data) => {
    const refusal = 't: data holds what SQL cannot compare';
    const columns: Columns = { id, data };
    for (const use of [{ filters: ['data'] }, { sorts: ['data'] }]) {
      expect(() => readModelTable('t', table(columns, { key: ['id'], ...use }), 1)).toThrow(
        refusal,
      );
    }
    expect(() => readModelTable('t', table(columns, { key: ['data'] }), 1)).toThrow(refusal);
  });

  test.each<[string, Columns, string]>([
    ['a blob', { data: blob({ mode: 'buffer' }) }, 't.data is blob of buffer, which JSON does'],
    ['JSON in a blob', { data: blob({ mode: 'json' }) }, 't.data is blob of json'],
    ['a big integer', { data: blob({ mode: 'bigint' }) }, 't.data is blob of bigint'],
    ['a numeric bigint', { data: numeric({ mode: 'bigint' }) }, 't.data is numeric of bigint'],
    ['a column that stores blobs', { data: blobs() }, 't.data is blob of custom'],
    [
      'a default that does not fit',
      { data: integer().default(0.5) },
      't.data was given a fraction',
    ],
    ['a date that is none', { data: time().default(new Date(Number.NaN)) }, 'an invalid Date'],
  ])('G9 with %s', (_title, columns, message) => {
    expect(() => readModelTable('t', table({ id, ...columns }, { key: ['id'] }), 1)).toThrow(
      message,
    );
  });

  test.each([
    ['real', real().notNull()],
    ['numeric', numeric({ mode: 'number' }).notNull()],
  ])('G9 with fractions in its key: %s', (_type, weight) => {
    expect(() => readModelTable('t', table({ weight }, { key: ['weight'] }), 1)).toThrow(
      't.weight holds fractions, so it cannot be a key: use integer().',
    );
  });

  test('G9 that filters or sorts by an unknown column', () => {
    const names: string[] = ['nowhere'];
    const columns: Columns = { id };
    for (const use of [{ filters: names }, { sorts: names }]) {
      expect(() => table(columns, { key: ['id'], ...use })).toThrow(
        'A key, filter, sort or index names no column: nowhere.',
      );
    }
  });

  test.each<[string, () => ReadModelTable, string]>([
    [
      'that sorts by what may be null',
      () => readModelTable('t', table({ id, at: text() }, { key: ['id'], sorts: ['at'] }), 1),
      't: at sorts, so it needs notNull().',
    ],
    [
      'with a key that may be null',
      () => readModelTable('t', table({ id: text() }, { key: ['id'] }), 1),
      't: id sorts, so it needs notNull().',
    ],
    [
      'with a second tenant column under another name',
      () => readModelTable('t', table({ id, owner: text('tenant') }, { key: ['id'] }), 1),
      't: tenant is the name of two columns.',
    ],
    [
      'with a name that is none in SQL',
      () => readModelTable('by-day', table({ id }, { key: ['id'] }), 1),
      'The table name by-day needs a letter, then letters, digits and _.',
    ],
    [
      'with two columns whose names are equal in SQL',
      () => readModelTable('t', table({ id, a: text('A'), b: text('a') }, { key: ['id'] }), 1),
      't: a is the name of two columns.',
    ],
    [
      'with a primary key of its own',
      () => readModelTable('t', table({ id: text().notNull().primaryKey() }, { key: ['id'] }), 1),
      't: id takes notNull() and default(value), and no more.',
    ],
    [
      'with a column that is unique over all tenants',
      () => readModelTable('t', table({ id, code: text().unique() }, { key: ['id'] }), 1),
      't: code takes notNull() and default(value), and no more.',
    ],
    [
      'with values that SQL makes',
      () => readModelTable('t', table({ id, at: text().default(sql`now`) }, { key: ['id'] }), 1),
      't: at takes notNull() and default(value), and no more.',
    ],
    [
      'with values that a function makes',
      () => readModelTable('t', table({ id, at: text().$defaultFn(() => '') }, { key: ['id'] }), 1),
      't: at takes notNull() and default(value), and no more.',
    ],
  ])('%s', (_title, build, message) => {
    expect(build).toThrow(message);
  });
});
