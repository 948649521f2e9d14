import { integer, text } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { account, accounts } from '../test/controls/account.ts';
import { deposited, opened } from '../test/controls/stored-events.ts';
import { readEvent } from './event.ts';
import { defineProjection } from './projection.ts';
import { table } from './table.ts';

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

  test('leaves alone what it has no handler for', () => {
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

test('a named query makes another projection, and leaves the one it was asked of', () => {
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
