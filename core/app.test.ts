import { integer, text } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { account, accounts, savings } from '../test/controls/account.ts';
import { deposited, opened, storedEvent } from '../test/controls/stored-events.ts';
import { event, UnknownEvent } from './aggregate/event.ts';
import {
  type App,
  allAggregates,
  allProjections,
  allReactors,
  defineApp,
  findAggregate,
  findList,
  findProjection,
  findQuery,
  findSaga,
  recordedEvent,
} from './app.ts';
import { defineReactor } from './process/reactor.ts';
import { defineSaga } from './process/saga.ts';
import { defineProjection } from './projection/define-projection.ts';
import { table } from './projection/table.ts';

/** A projection that has nothing but names. */
function projectionNamed(name: string, tableName = name) {
  const tables = { [tableName]: table({ id: text().notNull(), n: integer() }, { key: ['id'] }) };
  return defineProjection({ name, version: 1, from: [account], tables, on: {} });
}

const asks = (name: string, query: string) =>
  projectionNamed(name).query(query, z.unknown(), (db, tables) => {
    const [only] = Object.values(tables);
    if (!only) throw new Error('Every projection has a table.');
    return db.select().from(only);
  });

describe('an app is refused', () => {
  test.each<[string, App, string]>([
    [
      'with two aggregates of one name',
      { aggregates: [account, account], projections: [] },
      'The aggregate name account is taken twice.',
    ],
    [
      'with half a shard for live queries',
      { aggregates: [account], projections: [], live: { shards: 0.5 } },
      'Live queries need a whole number of shards, 1 or more.',
    ],
    [
      'with no shard for live queries',
      { aggregates: [account], projections: [], live: { shards: 0 } },
      'Live queries need a whole number of shards, 1 or more.',
    ],
    [
      'with an event that no URL could name',
      {
        aggregates: [{ ...account, events: { 'a/b': account.events.Withdrawn } }],
        projections: [],
      },
      'The account event name a/b needs 1 to 128',
    ],
    [
      'with a reactor that is called like a projection',
      {
        aggregates: [account],
        projections: [projectionNamed('taken')],
        reactors: [defineReactor({ name: 'taken', from: [account], on: {} })],
      },
      'The projection, query, reactor, action or publication name taken is taken twice.',
    ],
    [
      'with an aggregate that no URL could name',
      { aggregates: [{ ...account, name: 'a/b' }], projections: [] },
      'The aggregate name a/b needs 1 to 128',
    ],
    [
      "with an aggregate that is named like Ledge's own",
      { aggregates: [{ ...account, name: 'ledge.key' }], projections: [] },
      'The aggregate name ledge.key begins with ledge.',
    ],
    [
      'with two projections of one name',
      {
        aggregates: [account],
        projections: [projectionNamed('one', 't1'), projectionNamed('one', 't2')],
      },
      'The projection, query, reactor, action or publication name one is taken twice.',
    ],
    [
      'with a query named like a projection',
      { aggregates: [account], projections: [projectionNamed('one'), asks('two', 'one')] },
      'The projection, query, reactor, action or publication name one is taken twice.',
    ],
    [
      'with two queries of one name',
      { aggregates: [account], projections: [asks('one', 'asked'), asks('two', 'asked')] },
      'The projection, query, reactor, action or publication name asked is taken twice.',
    ],
    [
      'with a query that no URL could name',
      { aggregates: [account], projections: [asks('one', '..')] },
      'The projection, query, reactor, action or publication name .. needs 1 to 128',
    ],
    [
      'with two tables of one name',
      {
        aggregates: [account],
        projections: [projectionNamed('one', 't'), projectionNamed('two', 't')],
      },
      'The table name t is taken twice.',
    ],
    [
      'with two tables whose names are equal in the database',
      {
        aggregates: [account],
        projections: [projectionNamed('one', 'salesByDay'), projectionNamed('two', 'sales_by_day')],
      },
      'The database table name sales_by_day_v1 is taken twice.',
    ],
    [
      'with a command that no URL could name',
      { aggregates: [{ ...account, commands: { 'a/b': z.unknown() } }], projections: [] },
      'The account command name a/b needs 1 to 128',
    ],
    [
      'with a projection of an aggregate that is not in it',
      { aggregates: [], projections: [accounts] },
      'accounts reads account, which is not in the app.',
    ],
  ])('%s', (_title, app, message) => {
    expect(() => defineApp(app)).toThrow(message);
  });
});

describe('D14 schemas whose values JSON cannot represent are refused', () => {
  const appOf = (schema: z.ZodType, command: z.ZodType = z.unknown()) =>
    defineApp({
      aggregates: [
        { ...account, events: { Seen: event(schema as z.ZodUnknown) }, commands: { See: command } },
      ],
    });
  const refused: [kind: string, schema: z.ZodType, remedy: string][] = [
    ['date', z.date(), 'use z.iso.datetime()'],
    ['bigint', z.bigint(), 'use z.int(), or a text'],
    ['map', z.map(z.string(), z.int()), 'use z.record()'],
    ['set', z.set(z.string()), 'use z.array()'],
    ['undefined', z.undefined(), 'use .optional()'],
    ['void', z.void(), 'use .optional()'],
    ['nan', z.nan(), 'use z.number()'],
    ['symbol', z.symbol(), 'use a text'],
    ['function', z.function(), 'leave it out'],
    ['bigint', z.literal([1n]), 'use z.int(), or a text'],
  ];

  test.each(refused)('%s', (kind, schema, remedy) => {
    const data = z.strictObject({ at: schema });
    const fault = `at is a ${kind}, which JSON does not carry: ${remedy}.`;
    expect(() => appOf(data)).toThrow(`The account event Seen, schema version 1: ${fault}`);
    expect(() => appOf(z.unknown(), data)).toThrow(`The account command See: ${fault}`);
  });

  const date = z.date();
  const tree = z.strictObject({
    get inner() {
      return z.array(tree);
    },
    at: date,
  });
  const wrapped: Record<string, [path: string, schema: z.ZodType]> = {
    optional: ['a', z.strictObject({ a: date.optional() })],
    nullable: ['a', z.strictObject({ a: date.nullable() })],
    array: ['a.b', z.strictObject({ a: z.array(z.strictObject({ b: date })) })],
    tuple: ['a', z.strictObject({ a: z.tuple([z.string(), date]) })],
    'rest of a tuple': ['a', z.strictObject({ a: z.tuple([z.string()], date) })],
    union: ['a', z.strictObject({ a: z.union([z.string(), date]) })],
    discriminated: [
      'at',
      z.discriminatedUnion('k', [z.strictObject({ k: z.literal('x'), at: date })]),
    ],
    intersection: ['at', z.intersection(z.object({ k: z.string() }), z.object({ at: date }))],
    record: ['a', z.strictObject({ a: z.record(z.string(), date) })],
    catchall: ['it', z.object({ a: z.string() }).catchall(date)],
    readonly: ['a', z.strictObject({ a: date.readonly() })],
    recursive: ['at', tree],
    lazy: ['it', z.lazy(() => date)],
  };
  test.each(Object.entries(wrapped))('in %s', (_where, [path, schema]) => {
    expect(() => appOf(schema)).toThrow(`: ${path} is a date`);
  });

  test('but not what a schema turns into JSON, or takes from it', () => {
    const written = z.date().transform((time) => time.toISOString());
    const read = z.iso.datetime().transform((text) => new Date(text));
    expect(() => appOf(z.strictObject({ at: written }))).not.toThrow();
    expect(() => appOf(z.strictObject({ at: z.coerce.date() }))).toThrow('at is a date');
    expect(() => appOf(z.unknown(), z.strictObject({ at: read }))).not.toThrow();
    expect(() => appOf(z.unknown(), z.strictObject({ at: z.coerce.date() }))).not.toThrow();
    expect(() => appOf(z.unknown(), z.strictObject({ at: written }))).toThrow('at is a date');
    expect(() =>
      appOf(z.strictObject({ a: z.string().min(1).optional(), b: z.unknown(), c: z.literal('x') })),
    ).not.toThrow();
  });

  test('in an older schema version too', () => {
    const older = event(z.strictObject({ at: date }) as unknown as z.ZodUnknown);
    const events = { Seen: older.upcast(z.strictObject({ at: z.string() }), () => ({ at: '' })) };
    expect(() => defineApp({ aggregates: [{ ...account, events }] })).toThrow(
      'Seen, schema version 1: at is',
    );
  });
});

test('D16 an app may have no projections', () => {
  expect(defineApp({ aggregates: [account] })).toEqual({ aggregates: [account], projections: [] });
});

test('D18 the address of a table is unique', () => {
  expect(findList(savings, 'accounts')).toMatchObject({ table: { name: 'balances' } });
  expect(findList(savings, 'accounts.currencies')).toMatchObject({ table: { name: 'currencies' } });
  for (const none of ['balances', 'currencies', 'accounts.balances', 'accounts.', 'constructor']) {
    expect(findList(savings, none)).toBeUndefined();
  }
  const [other] = asks('other', 'accounts.currencies').queries;
  expect(other?.name).toBe('accounts.currencies');
  const projections = [accounts, asks('other', 'accounts.currencies')];
  expect(() => defineApp({ aggregates: [account], projections })).toThrow(
    'The projection, query, reactor, action or publication name accounts.currencies is taken twice.',
  );
  const named = [accounts, projectionNamed('accounts.currencies', 'own')];
  expect(() => defineApp({ aggregates: [account], projections: named })).toThrow('is taken twice.');
});

test('a valid app is returned as given', () => {
  const lists = { aggregates: [account], projections: [accounts] };
  expect(defineApp(lists)).toEqual(lists);
});

test('definitions are found by name, and inherited property names are not', () => {
  expect(findAggregate(savings, 'account')).toBe(account);
  expect(findProjection(savings, 'accounts')).toBe(accounts);
  expect(findQuery(savings, 'accounts-of')).toMatchObject({ projection: 'accounts' });
  for (const name of ['nothing', 'constructor', '__proto__', 'accounts-of']) {
    expect(findAggregate(savings, name)).toBeUndefined();
    expect(findProjection(savings, name)).toBeUndefined();
  }
  expect(findQuery(savings, 'accounts')).toBeUndefined();
});

test('a stored event is read with the definitions of its aggregate', () => {
  expect(recordedEvent(savings, deposited('account/a-1', 2, 5))).toMatchObject({
    aggregate: 'account',
    aggregateId: 'a-1',
    data: { cents: 5, currency: 'EUR' },
  });
  const elsewhere = storedEvent({
    stream: 'order/o-1',
    version: 1,
    type: 'AccountOpened',
    data: {},
  });
  expect(() => recordedEvent(savings, elsewhere)).toThrow(UnknownEvent);
  expect(() => recordedEvent(savings, { ...opened('x'), stream: 'x' })).toThrow(UnknownEvent);
});

describe('an app', () => {
  const sagaNamed = (name: string) =>
    defineSaga({
      name,
      version: 1,
      from: [account],
      initialState: () => null,
      correlate: {},
      startedBy: {},
    });
  const [first, second] = [sagaNamed('first'), sagaNamed('second')];
  const reactor = defineReactor({ name: 'policy', from: [account], on: {} });
  const app = defineApp({ ...savings, reactors: [reactor], sagas: [first, second] });

  test('with sagas has their streams, their reactors and a list of them', () => {
    expect(allAggregates(app)).toEqual([account, first.aggregate, second.aggregate]);
    expect(allReactors(app)).toEqual([reactor, ...first.reactors, ...second.reactors]);
    const [own, list] = allProjections(app);
    expect(own).toBe(accounts);
    expect(list).toMatchObject({ name: 'sagas', sources: ['first', 'second'] });
  });

  test('finds its sagas by name', () => {
    expect(findSaga(app, 'second')).toBe(second);
    expect(findSaga(app, 'third')).toBeUndefined();
  });

  test('has none of that when it has no sagas', () => {
    expect(allAggregates(savings)).toEqual([account]);
    expect(allReactors(savings)).toEqual([]);
    expect(allProjections(savings)).toEqual([accounts]);
    expect(findSaga(savings, 'first')).toBeUndefined();
  });
});
