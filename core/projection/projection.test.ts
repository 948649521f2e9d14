import { integer, QueryBuilder, text } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { account, accounts } from '../../test/controls/account.ts';
import { deposited, opened } from '../../test/controls/stored-events.ts';
import { readEvent } from '../aggregate/event.ts';
import { defineProjection } from './define-projection.ts';
import { visibleRows } from './projection-query.ts';
import { readModelTable, table } from './table.ts';

const stream = 'account/a-1';
const deposit = readEvent(account.events, deposited(stream, 2, 500));

describe('a projection', () => {
  test('hands an event to its handler, with the tables by name', () => {
    expect(accounts.handle(deposit)).toMatchObject([
      { table: { name: 'balances' }, kind: 'patch', key: { account: 'a-1' }, add: { cents: 500 } },
      { table: { name: 'currencies' }, kind: 'upsert', key: { currency: 'EUR' } },
    ]);
  });

  test('takes one change as well as a list of them', () => {
    expect(accounts.handle(readEvent(account.events, opened(stream)))).toMatchObject([
      { table: { name: 'balances' }, kind: 'insert' },
    ]);
  });

  test('ignores events without a handler', () => {
    expect(accounts.handle({ ...deposit, aggregate: 'order' })).toEqual([]);
    for (const type of ['Closed', 'toString', 'constructor', '__proto__']) {
      expect(accounts.handle({ ...deposit, type })).toEqual([]);
    }
    for (const aggregate of ['toString', 'constructor', '__proto__']) {
      expect(accounts.handle({ ...deposit, aggregate, type: 'name' })).toEqual([]);
    }
  });

  test('asks for the same changes every time', () => {
    const event = Object.freeze(deposit);
    expect(accounts.handle(event)).toEqual(accounts.handle(event));
  });

  test('names its tables after its version', () => {
    const tables = { seen: table({ id: text().notNull() }, { key: ['id'] }) };
    const next = defineProjection({ name: 'seen', version: 2, from: [account], tables, on: {} });
    expect(next.tables.map(({ columns }) => columns.id?.table)).toEqual([next.tables[0].table]);
    expect(next).toMatchObject({ name: 'seen', version: 2, sources: ['account'], queries: [] });
  });

  test('needs a table', () => {
    const none = { name: 'none', version: 1, from: [account], tables: {}, on: {} };
    expect(() => defineProjection(none)).toThrow('Projection none has no table.');
  });
});

describe('D12 the table that a projection lists', () => {
  const row = { id: text().notNull() };
  const tables = { first: table(row, { key: ['id'] }), second: table(row, { key: ['id'] }) };
  const parts = { name: 'both', version: 1, from: [account], tables, on: {} } as const;

  test('is the declared one, also where it is not the first and in every version', () => {
    const both = defineProjection({ ...parts, list: 'second' });
    for (const version of [
      both,
      both.at(7),
      both.query('q', z.unknown(), (db, { first }) => db.select().from(first)),
    ]) {
      expect(version.tables.map(({ name }) => name)).toEqual(['second', 'first']);
    }
  });

  test('has to be declared where there are several, and has to be one of them', () => {
    const message =
      'Projection both needs list: the table that /v1/queries/both lists, one of first, second.';
    // @ts-expect-error: the compiler asks for it too
    expect(() => defineProjection(parts)).toThrow(message);
    // @ts-expect-error: there is no such table
    expect(() => defineProjection({ ...parts, list: 'third' })).toThrow(message);
  });

  test('is the only one where there is one', () => {
    const { first } = tables;
    expect(defineProjection({ ...parts, tables: { first } }).tables[0].name).toBe('first');
  });
});

test('D17 a handler that reads a row fails with the reason', () => {
  const reading = defineProjection({
    name: 'reading',
    version: 1,
    from: [account],
    tables: { seen: table({ id: text().notNull() }, { key: ['id'] }) },
    on: {
      account: {
        // @ts-expect-error: the compiler says so too
        Deposited: ({ aggregateId }, { seen }) => seen.get({ id: aggregateId }),
      },
    },
  });
  expect(() => reading.handle(deposit)).toThrow('seen has no get: a handler reads no rows.');
});

describe('G8 any result of a handler other than changes of its own tables is an error of that event', () => {
  const projectionOf = (
    handler: (event: unknown, tables: { own: { remove(key: object): unknown } }) => unknown,
  ) =>
    defineProjection({
      name: 'own',
      version: 1,
      from: [account],
      tables: { own: table({ id: text().notNull() }, { key: ['id'] }) },
      // What the types refuse, and JavaScript does.
      on: { account: { Deposited: handler as never } },
    });
  const other = projectionOf((_event, { own }) => own.remove({ id: 'a' })).handle(deposit);

  test.each<[string, Parameters<typeof projectionOf>[0], string]>([
    ['nothing', () => undefined, 'returned undefined: return what the tables'],
    ['null', () => null, 'The handler returned null'],
    ['a text', () => 'done', 'The handler returned a text'],
    ['a promise', async () => [], 'The handler returned a Promise'],
    ['a change of its own making', () => ({ ...other[0] }), 'The handler returned an object'],
    ['an array with a hole', () => Array(1), 'returned an array with undefined'],
    [
      'arrays of arrays',
      (_event, { own }) => [[own.remove({ id: 'a' })]],
      'an array with an array',
    ],
    ['a change of another table', () => other, 'changed own, which is another projection'],
  ])('%s', (_title, handler, message) => {
    expect(() => projectionOf(handler).handle(deposit)).toThrow(message);
  });

  test('one change, many or an empty array are none', () => {
    expect(other).toHaveLength(1);
    expect(projectionOf(() => []).handle(deposit)).toEqual([]);
    expect(
      projectionOf((_event, { own }) => [own.remove({ id: 'a' })]).handle(deposit),
    ).toHaveLength(1);
  });
});

test('adding a named query returns another projection and leaves the first unchanged', () => {
  const tables = { counts: table({ id: text().notNull(), n: integer() }, { key: ['id'] }) };
  const plain = defineProjection({ name: 'plain', version: 1, from: [account], tables, on: {} });
  const first = plain.query('first', z.unknown(), (db, { counts }) => db.select().from(counts));
  const both = first.query('second', z.unknown(), (db, { counts }) => db.select().from(counts));
  expect(plain.queries).toEqual([]);
  expect(both.queries).toMatchObject([
    { name: 'first', projection: 'plain' },
    { name: 'second', projection: 'plain' },
  ]);
  expect(both.handle(deposit)).toEqual([]);
});

test('a named query gets the rows of its tenant alone, and its input', () => {
  const [accountsOf] = accounts.queries;
  const selected = accountsOf?.build(
    new QueryBuilder() as never,
    { tenant: 'acme', rows: 'all' },
    { owner: 'ann' },
  ) as {
    toSQL(): { sql: string; params: unknown[] };
  };
  const { sql, params } = selected.toSQL();
  expect(params).toEqual(['acme', 'ann']);
  const inner = '(select "account", "owner", "cents", "last_deposit" from "balances_v1"';
  expect(sql).toContain(`from ${inner} where "balances_v1"."tenant" = ?) "balances"`);
  expect(accountsOf?.input.safeParse({ owner: 'ann' }).success).toBe(true);
  expect(accountsOf?.input.safeParse({}).success).toBe(false);
});

test('a table without a tenant cannot be read', () => {
  const model = readModelTable('x', table({ id: text().notNull() }, { key: ['id'] }), 1);
  const { tenant: _tenant, ...columns } = model.columns;
  expect(() => visibleRows({ ...model, columns }, { tenant: 'main', rows: 'all' })).toThrow(
    'Table x has no tenant.',
  );
});

test('another version has the same handlers and queries, and tables of its own', () => {
  const next = accounts.at(2);
  expect(next).toMatchObject({ name: 'accounts', version: 2, sources: ['account'] });
  expect(next.queries.map(({ name }) => name)).toEqual(['accounts-of']);
  expect(next.handle(deposit)).toMatchObject([{ kind: 'patch' }, { kind: 'upsert' }]);
  expect(next.tables.map(({ name }) => name)).toEqual(['balances', 'currencies']);
  expect(next.tables[0].table).not.toBe(accounts.tables[0].table);
});

test('the previous version is kept, and has to be older', () => {
  const previous = defineProjection({
    name: 'seen',
    version: 1,
    from: [account],
    tables: { seen: table({ id: text().notNull() }, { key: ['id'] }) },
    on: {},
  });
  const again = (name: string, version: number) =>
    defineProjection({ name, version, from: [account], tables: previousTables, on: {}, previous });
  const previousTables = { seen: table({ id: text().notNull() }, { key: ['id'] }) };
  expect(again('seen', 2).previous).toBe(previous);
  expect(
    again('seen', 2).query('q', z.unknown(), (db, { seen }) => db.select().from(seen)).previous,
  ).toBe(previous);
  expect(previous).not.toHaveProperty('previous');
  expect(() => again('seen', 1)).toThrow('must be seen before version 1');
  expect(() => again('other', 2)).toThrow('must be other before version 2');
});
