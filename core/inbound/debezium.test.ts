/** Change data capture: each change once, late ones dropped by the aggregate of their row. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import { command } from '../process/reactor.ts';
import { given } from '../testing/given.ts';
import { givenInbound } from '../testing/given-inbound.ts';
import { debezium, isLater } from './debezium.ts';
import { defineInbound } from './define-inbound.ts';
import { credential } from './verification.ts';

// #region item
const taken = z.strictObject({ name: z.string(), position: z.string() });

/** A row of the other system. Its state has the place of the last change that it has taken. */
const item = defineAggregate({
  name: 'item',
  events: { ItemTaken: event(taken) },
  commands: { TakeItem: taken },
  initialState: (): { readonly position?: string } => ({}),
  evolve: { ItemTaken: (_, { data: { position } }) => ({ position }) },
  decide: {
    TakeItem: (data, { position: last }) =>
      isLater(data.position, last) ? accept({ type: 'ItemTaken', data }) : accept(),
  },
});

const legacy = defineInbound({
  name: 'legacy',
  verify: credential(),
  ...debezium({
    'inventory.products': ({ before, after, op, position }) =>
      command(item, String((after ?? before)?.id), 'TakeItem', {
        name: `${op} ${after?.name ?? 'nothing'}`,
        position,
      }),
  }),
});
// #endregion

const postgres = (lsn: number) => ({
  ...{ version: '3.1.0.Final', connector: 'postgresql', name: 'erp', ts_ms: 1_764_000_000_000 },
  ...{ snapshot: 'false', db: 'erp', sequence: null, schema: 'inventory', table: 'products' },
  ...{ txId: 771, lsn, xmin: null },
});
const mysql = (file: string, pos: number, row = 0) => ({
  ...{ version: '3.1.0.Final', connector: 'mysql', name: 'erp', ts_ms: 1_764_000_000_000 },
  ...{ snapshot: 'false', db: 'inventory', sequence: null, table: 'products', server_id: 7 },
  ...{ gtid: null, file, pos, row, thread: 12, query: null },
});
const chair = { id: 42, name: 'Chair', weight: 3.5 };
const change = (
  op: string,
  source: object,
  after: object | null = chair,
  before: object | null = null,
) => ({
  ...{ before, after, source, op, ts_ms: 1_764_000_000_123, transaction: null },
});

describe('IN11 a captured change is a command of the aggregate of its row', () => {
  test.each([
    ['c', 'create Chair', chair, null],
    ['u', 'update Chair', chair, { ...chair, name: 'Stool' }],
    ['d', 'delete nothing', null, chair],
    ['r', 'read Chair', chair, null],
  ])('%s', (op, name, after, before) => {
    const bare = change(op, postgres(24_023_128), after, before);
    const wrapped = { schema: { type: 'struct', fields: [], name: 'erp.Envelope' }, payload: bare };
    const cloudEvent = (data: object) => ({
      specversion: '1.0',
      id: 'x',
      source: '/d',
      type: 't',
      data,
    });
    const expected = command(item, '42', 'TakeItem', { name, position: '0000000024023128' });
    for (const message of [bare, wrapped, cloudEvent(bare), cloudEvent(wrapped)]) {
      givenInbound(legacy).whenReceived(message).thenSends(expected);
    }
  });

  test('a tombstone, another table and an operation that changes no row are ignored', () => {
    givenInbound(legacy).whenReceived(null).thenIgnores('a tombstone');
    givenInbound(legacy).whenReceived({ schema: null, payload: null }).thenIgnores('a tombstone');
    const other = { ...postgres(1), table: 'users' };
    givenInbound(legacy)
      .whenReceived(change('c', other))
      .thenIgnores('nothing follows from changes of inventory.users');
    givenInbound(legacy)
      .whenReceived(change('t', postgres(1), null))
      .thenIgnores('the operation t is no change of a row');
  });

  test('what is no change is refused, and a source without a position cannot be mapped', () => {
    expect(() => givenInbound(legacy).whenReceived({ op: 'c' })).toThrow('Invalid input');
    const timed = { db: 'inventory', table: 'products', ts_ms: 7 };
    expect(() => givenInbound(legacy).whenReceived(change('c', timed))).toThrow('no position');
  });
});

const keyOf = (message: unknown) => legacy.key(legacy.input.parse(message));

test('IN12 a change has one key each time that it comes, and no other change has it', () => {
  const first = change('u', postgres(100));
  const wrapped = {
    schema: {},
    payload: { ...first, ts_ms: 9, after: { weight: 3.5, name: 'Chair', id: 42 } },
  };
  expect(keyOf(wrapped)).toBe(keyOf(first));
  const keys = [
    first,
    change('u', postgres(101)),
    change('d', postgres(100), null, chair),
    // Rows that one statement inserts may have one place in the log.
    change('u', postgres(100), { ...chair, id: 43 }),
    change('u', { ...postgres(100), table: 'stock' }),
    change('u', mysql('mysql-bin.000003', 154)),
    change('u', mysql('mysql-bin.000003', 154, 1)),
  ].map(keyOf);
  expect(new Set(keys).size).toBe(keys.length);
});

describe('IN13 a late change is dropped by the aggregate of its row', () => {
  function commandOf(source: object, name: string) {
    const mapped = legacy.map(legacy.input.parse(change('u', source, { ...chair, name })));
    const [{ data } = { data: {} }] = 'kind' in mapped ? [] : mapped;
    return taken.parse(data);
  }

  test.each([
    ['PostgreSQL', postgres(900), postgres(24_023_128)],
    ['MySQL in one file', mysql('mysql-bin.000003', 154), mysql('mysql-bin.000003', 1_054)],
    ['MySQL over files', mysql('mysql-bin.000009', 1_054), mysql('mysql-bin.000010', 4)],
    ['MySQL in one event', mysql('mysql-bin.000003', 154, 9), mysql('mysql-bin.000003', 154, 10)],
  ])('of %s', (_, earlier, later) => {
    const [old, recent] = [commandOf(earlier, 'Old'), commandOf(later, 'New')];
    given(item, [{ type: 'ItemTaken', data: old }])
      .when('TakeItem', recent)
      .then([{ type: 'ItemTaken', data: recent }]);
    given(item, [{ type: 'ItemTaken', data: recent }])
      .when('TakeItem', old)
      .thenNothing();
    given(item, [{ type: 'ItemTaken', data: recent }])
      .when('TakeItem', recent)
      .thenNothing();
  });
});
