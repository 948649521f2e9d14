/** The parameters of queries and their results: filters, order, pages, counts, sessions. */

import { createExecutionContext } from 'cloudflare:test';
import { drizzle } from 'drizzle-orm/d1';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { ReadModelTable } from '../../core/projection/table.ts';
import { comesBefore } from '../../core/values/compare-values.ts';
import { afterPrefix } from '../../worker/queries/text-prefix.ts';
import {
  answerTo,
  escaped,
  queryString,
  someGoods,
  someQuestion,
  TEXTS,
} from '../controls/asked-goods.ts';
import { type Good, shelfApp } from '../controls/shelf.ts';
import { faultyPlatform } from './support/faults.ts';
import { createTables, env, resetFaults, send } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { forgetSessions, watchedDatabase, watchSessions } from './support/sessions.ts';

const sessions = watchSessions();
const shelf = heldLedge(shelfApp, {
  ...faultyPlatform,
  database: () => watchedDatabase(env.DB, sessions),
});

interface Page {
  readonly rows: Record<string, unknown>[];
  readonly cursor?: string;
  readonly count?: number;
}

async function fetchShelf(path: string, headers: HeadersInit = {}): Promise<Response> {
  const url = new URL(path, 'http://shelf.test/v1/queries/');
  const request = new Request(url, { headers });
  return shelf.fetch(request, env, createExecutionContext());
}

async function ask(path: string): Promise<Page> {
  const response = await fetchShelf(path);
  expect(response.status).toBe(200);
  return response.json();
}

const tables = shelfApp.projections.flatMap(({ tables }) => tables);

beforeAll(async () => {
  await createTables();
  await env.DB.batch(tables.map((model) => env.DB.prepare(createTable(model))));
});
beforeEach(() => {
  resetFaults();
  forgetSessions(sessions);
});

function createTable({ table }: ReadModelTable): string {
  const { name, columns, primaryKeys } = getTableConfig(table);
  const lines = columns.map((column) => `"${column.name}" ${column.getSQLType()}`);
  const key = primaryKeys.flatMap((primary) => primary.columns.map((column) => column.name));
  return `CREATE TABLE ${name} (${lines.join()}, PRIMARY KEY (${key.join()})) WITHOUT ROWID`;
}

/** These rows and no others. */
async function store(name: string, rows: readonly object[], tenant = 'main'): Promise<void> {
  const model = tables.find((table) => table.name === name);
  if (!model) throw new Error(`There is no table ${name}.`);
  const db = drizzle(env.DB);
  await db.batch([
    db.delete(model.table),
    ...rows.map((row) => db.insert(model.table).values({ tenant, ...row })),
  ]);
}

function good(id: string, given: Partial<Good> = {}): Good {
  const pickedAt = new Date('2026-05-01T00:00:00Z');
  const packedAt = new Date('2026-05-01T10:00:00Z');
  const rest = {
    kind: 'tea',
    name: 'Chai',
    note: null,
    cents: 100,
    kilos: 1,
    isFair: true,
  } as const;
  return { id, ...rest, pickedAt, packedAt, price: '1', ...given };
}

/** A row as JSON. */
function answered(row: object): unknown {
  return JSON.parse(JSON.stringify(row));
}

/** Every row, page by page. */
async function follow(path: string): Promise<unknown[]> {
  const { rows, cursor } = await ask(path);
  if (cursor === undefined) return rows;
  return [...rows, ...(await follow(withCursor(path, cursor)))];
}

function withCursor(path: string, cursor: string): string {
  const url = new URL(path, 'http://shelf.test');
  url.searchParams.set('cursor', cursor);
  return url.pathname.slice(1) + url.search;
}

test('Q1 Q2 Q10 for any query the pages have the matching rows, each once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(someGoods, someQuestion, async (goods, question) => {
      await store('goods', goods);
      const rows = await follow(`goods?${queryString(question)}`);
      expect(rows).toEqual(answered(answerTo(goods, question)));
    }),
    { numRuns: 200 },
  );
}, 60_000);

test('Q10 a bound between two seconds is not rounded to a second that is stored', async () => {
  await store('goods', [good('a')]);
  const found = async (filter: string) => (await ask(`goods?${filter}`)).rows.length;
  const half = '2026-05-01T10:00:00.500Z';
  expect(await found(`packedAt.gte=${half}`)).toBe(0);
  expect(await found(`packedAt.gt=${half}`)).toBe(0);
  expect(await found(`packedAt.lt=${half}`)).toBe(1);
  expect(await found(`packedAt.lte=${half}`)).toBe(1);
  expect(await found(`packedAt=${half}`)).toBe(0);
  expect(await found(`packedAt.in=${half}`)).toBe(0);
  expect(await found('packedAt=2026-05-01T10:00:00Z')).toBe(1);
});

test('Q1 a prefix is how a text begins, and a list holds any text', async () => {
  await store(
    'goods',
    TEXTS.map((name, index) => good(`g-${index}`, { name })),
  );
  for (const text of TEXTS) {
    const asked = encodeURIComponent(text);
    const begun = await ask(`goods?limit=1000&name.prefix=${asked}`);
    const names = begun.rows.map(({ name }) => name);
    expect(names.toSorted()).toEqual(TEXTS.filter((name) => name.startsWith(text)).toSorted());
    const list = encodeURIComponent(`${escaped(text)},not there,${escaped(text)}`);
    expect((await ask(`goods?name.in=${list}`)).rows.map(({ name }) => name)).toEqual([text]);
  }
});

test('Q1 the end of a prefix is a valid text', () => {
  for (const text of TEXTS) {
    const end = afterPrefix(text);
    expect(end?.isWellFormed() ?? true).toBe(true);
    expect(end === undefined || comesBefore(text, end)).toBe(true);
  }
});

test('Q2 rows that come and go between two pages move no other row', async () => {
  await store(
    'goods',
    ['a', 'c', 'e', 'g'].map((id) => good(id)),
  );
  const { rows, cursor = '' } = await ask('goods?limit=2');
  await store(
    'goods',
    ['b', 'c', 'd', 'e', 'g'].map((id) => good(id)),
  );
  const next = await ask(`goods?limit=2&cursor=${cursor}`);
  expect([rows, next.rows].flat().map(({ id }) => id)).toEqual(['a', 'c', 'd', 'e']);
});

describe('Q3 a cursor belongs to its list, sort and filters', () => {
  test.each([
    'goods?limit=1&sort=-cents&kind=tea',
    'goods?limit=1&sort=cents',
    'goods?limit=1&kind=tea',
    'goods?limit=1',
    'goods?limit=1&sort=cents&kind=coffee',
    'goods?limit=1&sort=cents&kind.in=tea',
    'goods?limit=1&sort=cents&kind=tea&isFair=true',
    'boxes?limit=1',
  ])('%s refuses another’s', async (path) => {
    await store('goods', [good('a'), good('b')]);
    const { cursor = '' } = await ask('goods?limit=1&sort=cents&kind=tea');
    await expectInvalid(withCursor(path, cursor), 'cursor');
  });

  test('though both are in the order of their keys', async () => {
    await store('goods', [good('a'), good('b')]);
    const { cursor = '' } = await ask('goods?limit=1');
    await expectInvalid(`jars?limit=1&cursor=${cursor}`, 'cursor');
    expect((await ask(`goods?limit=1&sort=id&cursor=${cursor}`)).rows).toMatchObject([{ id: 'b' }]);
  });

  test('another limit, another order of the parameters and a count make no other list', async () => {
    await store('goods', [good('a'), good('b')]);
    const { cursor = '' } = await ask('goods?limit=1&sort=cents&kind=tea');
    const { rows } = await ask(`goods?count=true&kind=tea&limit=9&cursor=${cursor}&sort=cents`);
    expect(rows).toMatchObject([{ id: 'b' }]);
  });
});

describe('Q4 a count', () => {
  test('is of all rows that pass the filters, on every page, and is not made unasked', async () => {
    await store('goods', [good('a'), good('b'), good('c'), good('d', { kind: 'coffee' })]);
    const page = await ask('goods?kind=tea&limit=2&count=true');
    expect(page).toMatchObject({ rows: [{}, {}], count: 3 });
    const next = await ask(`goods?kind=tea&limit=2&count=true&cursor=${page.cursor}`);
    expect(next).toEqual({ rows: [answered(good('c'))], count: 3 });
    expect(await ask('goods?kind=cocoa&count=true')).toEqual({ rows: [], count: 0 });
    expect(await ask('goods?kind=cocoa')).toEqual({ rows: [] });
    expect(await ask('goods?kind=cocoa&count=false')).toEqual({ rows: [] });
  });

  test('is of the same moment as its rows', async () => {
    await ask('goods?count=true');
    const [batch, ...others] = sessions.opened.flatMap(({ batches }) => batches);
    expect(batch).toBeGreaterThanOrEqual(2);
    expect(others).toEqual([]);
  });
});

describe('Q5 a parameter that is not declared, or not so, is refused by its name', () => {
  const badNumbers = [
    '',
    ' 5',
    '5 ',
    '+5',
    '1e2',
    '0x10',
    '1.5',
    '1,5',
    '٣',
    '007',
    '-0',
    'NaN',
    '9'.repeat(16),
  ];
  const badDecimals = ['', ' 1.5', '1e2', '.5', '5.', '--1', 'Infinity', '9'.repeat(400)];
  test.each([
    ...badNumbers.map((text) => ['limit', text]),
    ...['0', '-1', '1001'].map((text) => ['limit', text]),
    ...badNumbers.map((text) => ['cents', text]),
    ...badNumbers.map((text) => ['cents.gte', text]),
    ['cents.in', '1,'],
    ['cents.in', '1,1e2'],
    ['cents.in', '1\\,2'],
    ...badDecimals.map((text) => ['kilos', text]),
    ['kilos.lt', 'heavy'],
    ...['', '1', '0', 'TRUE', 'yes', 'true,false'].map((text) => ['isFair', text]),
    ['isFair.in', 'true'],
    ['isFair.gt', 'false'],
    ...['', 'TRUE', '1', 'yes'].map((text) => ['count', text]),
    ['kind', ''],
    ['kind', 'Tea'],
    ['kind', 'tea,coffee'],
    ['kind.in', 'tea,beer'],
    ['kind.in', 'tea, coffee'],
    ['kind.prefix', 't'],
    ['kind.gt', 'tea'],
    ['pickedAt', 'yesterday'],
    ['pickedAt.gt', '2026-02-30T00:00:00Z'],
    ['pickedAt.in', '2026-01-01T00:00:00Z,'],
    ['name.in', 'a\\b'],
    ['name.in', 'a\\'],
    ['name.like', 'a%'],
    ['name.', 'a'],
    ['.in', 'a'],
    ['name.in.in', 'a'],
    ['cents.prefix', '1'],
    ['sort', 'note'],
    ['sort', 'kind'],
    ['sort', '--cents'],
    ['sort', 'cents,name'],
    ['sort', ''],
    ['tenant', 'other'],
    ['tenant.in', 'other'],
    ['is_fair', 'true'],
    ['constructor', 'x'],
    ['__proto__', 'x'],
    ['cursor', ''],
    ['cursor', 'abc'],
  ])('%s=%s', async (name, text) => {
    const sent = new URLSearchParams([[name, text]]);
    await expectInvalid(`goods?${sent}`, name);
    expect(sessions.opened).toEqual([]);
  });

  test.each(['limit', 'kind', 'kind.in', 'sort', 'cursor', 'count', 'nothing'])(
    '%s twice',
    async (name) => {
      await expectInvalid(`goods?${name}=tea&${name}=tea`, name);
    },
  );

  test('a list of more than a thousand', async () => {
    const listed = (length: number) => Array(length).fill('1').join();
    expect((await ask(`goods?cents.in=${listed(1_000)}`)).rows).toEqual([]);
    await expectInvalid(`goods?cents.in=${listed(1_001)}`, 'cents.in');
  });

  test('more filters than D1 binds values', async () => {
    const operators = ['', '.in', '.gt', '.gte', '.lt', '.lte', '.prefix'];
    const texts = ['id', 'name', 'note'].flatMap((name) =>
      operators.map((one) => `${name}${one}=a`),
    );
    const more = ['', '.in', '.gt', '.gte', '.lt', '.lte'].flatMap((one) => [
      `cents${one}=1`,
      `kilos${one}=1`,
    ]);
    const most = [...texts, ...more].slice(0, 30);
    expect((await ask(`goods?count=true&sort=-name&${most.join('&')}`)).rows).toEqual([]);
    await expectInvalid(`goods?${[...texts, ...more].slice(0, 31).join('&')}`, '');
  });
});

async function expectInvalid(path: string, at: string): Promise<void> {
  const response = await fetchShelf(path);
  const problem = z.object({ type: z.string(), errors: z.array(z.object({ at: z.string() })) });
  const { type, errors } = problem.parse(await response.json());
  expect({ status: response.status, type }).toEqual({ status: 400, type: '/problems/invalid' });
  expect(errors.map((error) => error.at.slice(0, at.length))).toContain(at);
}

describe('Q6 a key', () => {
  beforeEach(async () => {
    const texts = [
      [-7, true],
      [7, true],
      [7, false],
    ] as const;
    await store(
      'boxes',
      texts.map(([number, isCool]) => ({ number, isCool, text: `${number} ${isCool}` })),
    );
  });

  test('is parsed by its columns', async () => {
    const box = await fetchShelf('boxes/7,false');
    expect(await box.json()).toEqual({ number: 7, isCool: false, text: '7 false' });
    expect(await (await fetchShelf('boxes/-7,true')).json()).toMatchObject({ text: '-7 true' });
    expect((await fetchShelf('boxes/-7,false')).status).toBe(404);
  });

  test.each([
    ['boxes/7', 'key'],
    ['boxes/7,true,1', 'key'],
    ['boxes/7%2Ctrue', 'key'],
    ['boxes/%ff,true', 'key'],
    ['boxes/seven,true', 'number'],
    ['boxes/7,1', 'isCool'],
    ['boxes/,true', 'number'],
  ])('%s is refused', expectInvalid);
});

describe('H65 a named query accepts what its schema accepts', () => {
  const picked = async (query: string) => (await ask(`picked?${query}`)).rows.map(({ id }) => id);

  test('numbers, booleans, times and lists', async () => {
    await store('goods', [
      good('a', { cents: 100, kilos: 0.5, isFair: true, kind: 'tea' }),
      good('b', { cents: 200, kilos: 1.5, isFair: false, kind: 'coffee' }),
      good('c,d', { cents: 300, kilos: 1e-7, isFair: true, kind: 'cocoa' }),
    ]);
    expect(await picked('ids=a,b,c%5C,d')).toEqual(['a', 'b', 'c,d']);
    expect(await picked('ids=a,b&minCents=150')).toEqual(['b']);
    expect(await picked('ids=a,c%5C,d&minKilos=1e-7')).toEqual(['a', 'c,d']);
    expect(await picked('ids=a,b&fair=false')).toEqual(['b']);
    expect(await picked('ids=a,b,c%5C,d&kinds=tea,cocoa')).toEqual(['a', 'c,d']);
    expect(await picked('ids=a&pickedBy=2026-04-30T23:59:59Z')).toEqual([]);
    expect(await picked('ids=a&pickedBy=2026-05-01T02:00:00%2B02:00')).toEqual(['a']);
    expect(await picked('ids=')).toEqual([]);
    expect(await picked('ids=a&kinds=')).toEqual([]);
  });

  test.each([
    ['minCents', 'ids=a&minCents=1.5'],
    ['minCents', 'ids=a&minCents=ten'],
    ['minCents', 'ids=a&minCents='],
    ['minKilos', 'ids=a&minKilos=0x10'],
    ['minKilos', 'ids=a&minKilos=0.12345678901234567890'],
    ['fair', 'ids=a&fair=1'],
    ['kinds.1', 'ids=a&kinds=tea,beer'],
    ['pickedBy', 'ids=a&pickedBy=2026-02-31T00:00:00Z'],
    ['ids', 'ids=a&ids=b'],
    ['ids', ''],
  ])('and refuses %s in "%s"', async (at, query) => {
    const response = await fetchShelf(`picked?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ at }] });
  });

  test('H66 more listed values than D1 binds', async () => {
    await store('goods', [good('g-7'), good("'?'"), good('"?"')]);
    const ids = Array.from({ length: 1_000 }, (_, index) => `g-${index}`);
    expect(await picked(`ids=${ids.join(',')}`)).toEqual(['g-7']);
    expect(await picked(`ids=${ids.join(',')},${encodeURIComponent(`'?',"?"`)}`)).toEqual([
      '"?"',
      "'?'",
      'g-7',
    ]);
    expect(
      await picked(
        `ids=${ids.join(',')}&fair=${good('x').isFair}&minCents=0&kinds=tea,coffee,cocoa`,
      ),
    ).toEqual(['g-7']);
  });
});

test('H67 an empty list of values is one that no row is in', async () => {
  await store('goods', [good('a', { note: '' }), good('b', { note: 'x' })]);
  const found = async (query: string) => (await ask(`goods?${query}`)).rows.map(({ id }) => id);
  expect(await found('note.in=')).toEqual([]);
  expect(await found('kind.in=')).toEqual([]);
  expect(await found('note.in=%5Ce')).toEqual(['a']);
  expect(await found('note.in=,x')).toEqual(['a', 'b']);
});

describe('Q7 a named query', () => {
  test('separates columns of one name, and missing values are null', async () => {
    const chai = good('chai', { cents: 1, isFair: false });
    const oolong = good('oolong', { cents: 2 });
    await store('goods', [chai, oolong, good('mocca', { kind: 'coffee' })]);
    await store('labels', [{ id: 'chai', name: 'Masala', isFair: true }]);
    expect((await ask('labelled?kind=tea')).rows).toEqual([
      { goods: answered(oolong), labels: null },
      { goods: answered(chai), labels: { id: 'chai', name: 'Masala', isFair: true } },
    ]);
  });

  test('keeps its order, its limit and its column types', async () => {
    await store(
      'goods',
      ['a', 'b', 'c'].map((id) => good(id, { name: `of ${id}` })),
    );
    const at = '2026-05-01T00:00:00.000Z';
    expect((await ask('twice')).rows).toEqual([
      { name: 'of c', again: 'of c', fair: true, at },
      { name: 'of b', again: 'of b', fair: true, at },
    ]);
  });

  test('may group and unite', async () => {
    await store('goods', [
      good('a'),
      good('b'),
      good('c', { kind: 'cocoa', name: 'Nib', cents: 7 }),
    ]);
    await store('labels', [{ id: 'c', name: 'Label', isFair: true }]);
    expect((await ask('kinds')).rows).toEqual([
      { kind: 'cocoa', cents: 7 },
      { kind: 'tea', cents: 200 },
    ]);
    expect((await ask('names')).rows).toEqual([
      { name: 'Nib' },
      { name: 'Label' },
      { name: 'Chai' },
    ]);
  });

  test('may begin with a select of its own', async () => {
    const cents = { a: 3, b: 1, c: 2 };
    await store(
      'goods',
      Object.entries(cents).map(([id, cents]) => good(id, { cents, isFair: id === 'a' })),
    );
    expect((await ask('dearest')).rows).toEqual([
      { id: 'a', fair: true },
      { id: 'c', fair: false },
    ]);
  });

  test('sees the caller’s rows alone', async () => {
    await store('goods', [good('theirs')], 'other');
    await store('labels', [{ id: 'theirs', name: 'Theirs', isFair: true }], 'other');
    for (const path of ['goods', 'twice', 'labelled?kind=tea', 'names', 'dearest']) {
      expect(await ask(path)).toEqual({ rows: [] });
    }
  });

  test.each([
    ['labelled', 'kind'],
    ['labelled?kind=beer', 'kind'],
    ['labelled?kind=tea&limit=1', 'limit'],
    ['labelled?kind=tea&kind=tea', 'kind'],
    ['twice?kind=tea', 'kind'],
  ])('refuses %s', expectInvalid);
});

describe('Q8 with a bookmark a caller never sees older data than before', () => {
  const paths = ['goods', 'goods?kind=tea&count=true', 'goods/nothing', 'twice'];

  test.each(paths)('%s returns one, and accepts it', async (path) => {
    const first = await fetchShelf(path);
    const bookmark = first.headers.get('d1-bookmark') ?? '';
    expect(bookmark).not.toBe('');
    const etag = first.headers.get('etag') ?? 'none';
    const again = await fetchShelf(path, { 'd1-bookmark': bookmark, 'if-none-match': etag });
    expect(again.status).toBe(first.status === 200 ? 304 : 404);
    expect(again.headers.get('d1-bookmark')).not.toBeNull();
    expect(sessions.opened.map(({ start }) => start)).toEqual(['first-unconstrained', bookmark]);
  });

  test('of several the newest counts, in any order', async () => {
    const bookmarks = ['9', 'b', 'a'].map(
      (one) => `00000000-0000000${one}-00000000-${'0'.repeat(32)}`,
    );
    await fetchShelf('goods', { 'd1-bookmark': bookmarks.join(', ') });
    expect(sessions.opened.map(({ start }) => start)).toEqual([bookmarks[1]]);
  });

  test('and a query with tokens reads the primary', async () => {
    const bookmark = (await fetchShelf('goods')).headers.get('d1-bookmark') ?? '';
    forgetSessions(sessions);
    await fetchShelf('goods', { 'consistent-with': 'product/none@0', 'd1-bookmark': bookmark });
    expect(sessions.opened.map(({ start }) => start)).toContain('first-primary');
    expect(sessions.opened.map(({ start }) => start)).not.toContain(bookmark);
  });

  test.each([
    '',
    'soon',
    'first-primary',
    'first-unconstrained',
    'null',
    '00000000-00000006-00000000',
    '00000000-00000006-00000000-0000000000000000000000000000000',
    `${'0'.repeat(8)}-${'z'.repeat(8)}-0-0`,
    '00000000-00000006-00000000-00000000000000000000000000000000,',
    Array(17).fill('00000000-00000006-00000000-00000000000000000000000000000000').join(', '),
    'a'.repeat(100),
  ])('"%s" is none', async (bookmark) => {
    for (const path of paths) {
      const response = await fetchShelf(path, { 'd1-bookmark': bookmark });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ at: 'D1-Bookmark' }] });
    }
    expect(sessions.opened).toEqual([]);
  });
});

describe('Q9 an unchanged response is 304', () => {
  test.each(['goods', 'goods?count=true&limit=1', 'goods/a', 'twice'])('%s', async (path) => {
    await store('goods', [good('a'), good('b')]);
    const first = await fetchShelf(path);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{20,}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, `"other" ,W/${etag}`, '*']) {
      const again = await fetchShelf(path, { 'if-none-match': known });
      expect({ known, status: again.status }).toEqual({ known, status: 304 });
      expect(await again.text()).toBe('');
      expect(again.headers.get('etag')).toBe(etag);
      expect(again.headers.get('content-type')).toBeNull();
      expect(again.headers.get('link')).toBe(first.headers.get('link'));
    }
    for (const other of ['', '"other"', etag.slice(1, -1), `"${etag.slice(2)}`]) {
      expect((await fetchShelf(path, { 'if-none-match': other })).status).toBe(200);
    }
    await store('goods', [
      good('a', { cents: 7, name: 'Chai!' }),
      good('b', { cents: 1, name: 'x' }),
    ]);
    const changed = await fetchShelf(path, { 'if-none-match': etag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(etag);
  });

  test('an aggregate’s state too, by its version, with D1 left alone', async () => {
    await send('product/tagged', 'RegisterProduct', { name: 'Chai', priceCents: 1 });
    forgetSessions(sessions);
    const state = async (query: string, known: string) => {
      const path = `/v1/aggregates/product/tagged${query}`;
      const { status, headers } = await fetchShelf(path, { 'if-none-match': known });
      return [status, headers.get('etag')];
    };
    expect(await state('', '"0"')).toEqual([200, '"1"']);
    expect(await state('', '"1"')).toEqual([304, '"1"']);
    await send('product/tagged', 'ReceiveStock', { quantity: 1 });
    expect(await state('', 'W/"1"')).toEqual([200, '"2"']);
    expect(await state('?version=1', '"2", "1"')).toEqual([304, '"1"']);
    expect(await state('?version=1', '"2"')).toEqual([200, '"1"']);
    expect((await fetchShelf('/v1/aggregates/product/none', { 'if-none-match': '*' })).status).toBe(
      404,
    );
    expect(sessions.opened).toEqual([]);
  });

  test('the tag of one is not the tag of another', async () => {
    await store('goods', [good('a'), good('b')]);
    const tags = ['goods', 'goods?limit=1', 'goods/a', 'goods/b', 'twice'].map(async (path) =>
      (await fetchShelf(path)).headers.get('etag'),
    );
    expect(new Set(await Promise.all(tags)).size).toBe(5);
  });
});

describe('L9 rows that do not fit into a page', () => {
  const note = 'é'.repeat(450_000);
  const large = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((id) => good(id, { note }));

  test('come with a cursor, also when a page is shorter than its limit', {
    timeout: 30_000,
  }, async () => {
    await store('goods', large);
    for (const path of ['goods?limit=1000', 'goods?sort=-cents&limit=8&count=true']) {
      const first = await ask(path);
      expect(first.rows).toHaveLength(4);
      const all = await follow(path);
      expect(all).toHaveLength(large.length);
      expect(new Set(all)).toEqual(new Set(answered(large) as unknown[]));
    }
    expect(await ask('goods?limit=4')).toHaveProperty('cursor');
    await store('goods', large.slice(0, 3));
    expect(await ask('goods')).not.toHaveProperty('cursor');
  });

  test('are a problem of a query that has no cursor', async () => {
    await store('goods', large);
    const response = await fetchShelf('labelled?kind=tea');
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ what: 'result', limitBytes: 4_000_000 });
    await store('goods', large.slice(0, 3));
    expect((await ask('labelled?kind=tea')).rows).toHaveLength(3);
  });
});

describe('D13 the rows of a table that is not listed', () => {
  const labels = ['c', 'a', 'b'].map((name, index) => ({
    id: `${index}`,
    name,
    isFair: index > 0,
  }));

  test('have an address with filters, sorts, a cursor and keys of their own', async () => {
    await store('goods', []);
    await store('labels', labels);
    expect(await ask('goods')).toEqual({ rows: [] });
    expect((await ask('goods.labels')).rows).toEqual(labels);
    expect((await ask('goods.labels?isFair=false')).rows).toEqual([labels[0]]);
    const [first] = [await ask('goods.labels?sort=-name&limit=2&count=true')];
    expect(first).toMatchObject({ rows: [labels[0], labels[2]], count: 3 });
    const next = await ask(`goods.labels?sort=-name&limit=2&cursor=${first.cursor}`);
    expect(next.rows).toEqual([labels[1]]);
    expect(await (await fetchShelf('goods.labels/1')).json()).toEqual(labels[1]);
    expect((await fetchShelf('goods.labels/9')).status).toBe(404);
  });

  test('are filtered and sorted by no column of another table', async () => {
    expect((await fetchShelf('goods.labels?kind=tea')).status).toBe(400);
    expect((await fetchShelf('goods.labels?sort=cents')).status).toBe(400);
    expect((await fetchShelf('goods?isFair=true')).status).toBe(200);
  });

  test('are found under no other name', async () => {
    for (const name of ['labels', 'goods.goods', 'goods.', 'goods.none', 'boxes.labels']) {
      expect((await fetchShelf(name)).status).toBe(404);
    }
    // A key of the listed table, which may be called like the other table.
    expect((await fetchShelf('goods/labels')).status).toBe(404);
  });

  test('are another tenant’s no more than the listed ones', async () => {
    await store('labels', labels, 'elsewhere');
    expect((await ask('goods.labels')).rows).toEqual([]);
  });
});
