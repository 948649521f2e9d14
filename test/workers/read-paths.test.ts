/** What a read costs in D1: it reads the index that bounds it, and no rows of others. */
import { desc, eq, gte } from 'drizzle-orm';
import { integer, text } from 'drizzle-orm/sqlite-core';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { defineProjection } from '../../core/projection/define-projection.ts';
import type { Viewer } from '../../core/projection/row-scope.ts';
import { table } from '../../core/projection/table.ts';
import { createReadModel } from '../../migrations/create-table.ts';
import { listInput, listReading, rowReading } from '../../worker/queries/list-rows.ts';
import { queryReading } from '../../worker/queries/named-query.ts';
import { selecting } from '../../worker/queries/prepared-select.ts';
import { type Reading, statementsOf } from '../../worker/queries/reading.ts';
import { read } from '../../worker/queries/run-reading.ts';
import { withPointer } from '../../worker/queries/serving-version.ts';
import { faults, faultyDatabase } from './support/faults.ts';
import { env } from './support/harness.ts';

const ROWS = 5_000;
const OWN = 20;
const PAGE = 10;
/** Index and row of each, and twice the page that it is measured in. */
const costOf = (rows: number) => 4 * rows + 10;

const goods = defineProjection({
  name: 'path-goods',
  version: 1,
  from: [],
  tables: {
    pathGoods: table(
      {
        id: text().notNull(),
        owner: text().notNull(),
        rank: integer().notNull(),
        grade: integer().notNull(),
        cents: integer('price_cents').notNull(),
      },
      {
        key: ['id'],
        filters: ['owner', 'rank', 'cents'],
        sorts: ['rank', 'grade', 'cents'],
        indexes: [['owner'], ['rank'], ['grade'], ['cents']],
      },
    ),
  },
  on: {},
})
  .query('of-owner', z.strictObject({ owner: z.string() }), (db, { pathGoods }, { owner }) =>
    db.select().from(pathGoods).where(eq(pathGoods.owner, owner)).orderBy(desc(pathGoods.cents)),
  )
  .query('dearest', z.strictObject({}), (db, { pathGoods }) =>
    db.select().from(pathGoods).orderBy(desc(pathGoods.cents)).limit(PAGE),
  )
  .query('dear', z.strictObject({}), (db, { pathGoods }) =>
    db
      .select()
      .from(pathGoods)
      .where(gte(pathGoods.cents, ROWS - PAGE)),
  );
const [model] = goods.tables;

/** Each `ROWS / OWN`th row is ann's; all rows have one grade. */
beforeAll(async () => {
  const statements = createReadModel(model)
    .split(';')
    .filter((text) => text.trim() !== '');
  await env.DB.batch(statements.map((statement) => env.DB.prepare(statement)));
  for (const tenant of ['before', 'main', 'z']) {
    await env.DB.prepare(
      `INSERT INTO path_goods_v1 (tenant, id, owner, rank, grade, price_cents)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
       SELECT ?, printf('g-%05d', i), iif(i % ${ROWS / OWN} = 0, 'ann', 'bob'), i % 100, 1, i FROM n`,
    )
      .bind(tenant)
      .run();
  }
});

const all = { tenant: 'main', rows: 'all' } as const;
const ann: Viewer = { tenant: 'main', rows: { pathGoods: { owner: ['ann'] } } };
const annAndEve: Viewer = { tenant: 'main', rows: { pathGoods: { owner: ['ann', 'eve'] } } };

function list(viewer: Viewer, input: object) {
  const reading = listReading(
    viewer,
    model,
    listInput(model).parse({ limit: `${PAGE}`, ...input }),
  );
  if ('outcome' in reading) expect.unreachable();
  return reading;
}

function named(viewer: Viewer, name: string, input: unknown = {}) {
  const query = goods.queries.find((one) => one.name === name);
  if (!query) expect.unreachable();
  return queryReading(viewer, query, input);
}

async function asked<Answer>(reading: Reading<Answer>) {
  faults.rowsRead = 0;
  const { answer } = await read(faultyDatabase(env.DB), 'first-primary', reading);
  return { answer, rowsRead: faults.rowsRead };
}

describe('QU3 with an index a caller of all rows reads no more than it is answered', () => {
  test.each([
    ['a sort', { sort: 'cents' }],
    ['a sort downwards', { sort: '-cents' }],
    ['a sort by what is equal in all rows', { sort: 'grade' }],
    ['a range', { 'cents.gt': String(ROWS - PAGE) }],
    ['a range, sorted', { 'cents.gt': String(ROWS - 20 * PAGE), sort: 'cents' }],
    ['a value, sorted by another column', { cents: '7', sort: '-rank' }],
  ])('%s', async (_name, input) => {
    const { answer, rowsRead } = await asked(list(all, input));
    expect(answer.rows.length).toBeGreaterThan(0);
    expect(rowsRead).toBeLessThanOrEqual(costOf(PAGE));
  });

  test.each(['cents', '-cents', 'grade', '-grade', 'rank', '-rank'])(
    'each page of the sort %s, from its cursor',
    async (sort) => {
      const ids: unknown[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < 30; page++) {
        const next = cursor === undefined ? {} : { cursor };
        const { answer, rowsRead } = await asked(list(all, { sort, ...next }));
        expect(rowsRead).toBeLessThanOrEqual(costOf(PAGE));
        ids.push(...answer.rows.map(({ id }) => id));
        cursor = answer.cursor;
      }
      const whole = await asked(list(all, { sort, limit: '300' }));
      expect(ids).toEqual(whole.answer.rows.map(({ id }) => id));
      expect(new Set(ids).size).toBe(300);
    },
  );

  test.each(['cents', '-cents'])('the last page of the sort %s, as the first', async (sort) => {
    const costs: number[] = [];
    for (let cursor: string | undefined, page = 0; page === 0 || cursor !== undefined; page++) {
      const next = cursor === undefined ? {} : { cursor };
      const { answer, rowsRead } = await asked(list(all, { sort, limit: '500', ...next }));
      costs.push(rowsRead);
      ({ cursor } = answer);
    }
    expect(costs.length).toBeGreaterThanOrEqual(ROWS / 500);
    expect(Math.max(...costs)).toBeLessThanOrEqual(costOf(500));
  });

  test.each([
    ['of-owner', { owner: 'ann' }, OWN],
    ['dearest', {}, PAGE],
    ['dear', {}, PAGE + 1],
  ] as const)('the named query %s', async (name, input, rows) => {
    const { answer, rowsRead } = await asked(named(all, name, input));
    expect(answer).toHaveLength(rows);
    expect(rowsRead).toBeLessThanOrEqual(costOf(rows));
  });
});

describe('AC11 a rule over rows bounds a read whose order or filter has an index of its own', () => {
  test.each([
    ['one value', ann],
    ['several values', annAndEve],
  ])('%s', async (_name, viewer) => {
    const readings: Reading<unknown>[] = [
      ...['cents', '-cents', 'grade', 'rank'].map((sort) => list(viewer, { sort, count: 'true' })),
      list(viewer, { 'cents.gte': '0', count: 'true' }),
      list(viewer, { 'rank.lt': '99', sort: '-cents' }),
      named(viewer, 'dearest'),
      named(viewer, 'dear'),
      rowReading(viewer, model, { id: 'g-00001' }),
    ];
    for (const reading of readings) {
      const { rowsRead } = await asked(reading);
      expect(rowsRead).toBeLessThanOrEqual(costOf(OWN) + OWN);
    }
  });
});

test('C12 the columns of a table are turned into SQL once, for every get and list of every caller', () => {
  const select = vi.spyOn(selecting, 'select');
  const callers = ['a', 'b', 'c'].map((name, index) => {
    const viewer: Viewer = { tenant: `of-${name}`, rows: 'all' };
    const page = listReading(viewer, model, listInput(model).parse({ limit: String(index + 1) }));
    if (!('selects' in page)) throw new Error(JSON.stringify(page));
    const readings: Reading<unknown>[] = [rowReading(viewer, model, { id: name }), page];
    return readings.flatMap((reading) => statementsOf(withPointer(reading, goods.name)));
  });
  expect(select.mock.calls.length).toBeLessThanOrEqual(1);
  select.mockRestore();
  const texts = callers.map((statements) => JSON.stringify(statements.map(({ sql }) => sql)));
  expect(new Set(texts).size).toBe(1);
  expect(callers.map((statements) => statements.map(({ params }) => params))).toEqual(
    ['a', 'b', 'c'].map((name, index) => [
      ...[[goods.name], [`of-${name}`, name]],
      ...[[goods.name], [`of-${name}`, index + 1]],
    ]),
  );
});
