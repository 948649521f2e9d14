import { sql } from 'drizzle-orm';
import { blob, getTableConfig, integer, text } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import { type Columns, columnNamed, type ReadModelTable, readModelTable, table } from './table.ts';

const id = text().notNull();
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

  test('can be filtered and sorted by whatever lies in the database in its own order', () => {
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

  test('knows the values of new rows', () => {
    expect(stock.defaults).toEqual({ onHand: 0 });
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
      'with two columns that SQL cannot tell apart',
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
