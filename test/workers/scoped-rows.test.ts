/**
 * Any query under a rule over rows answers what the same query answers over the rows that the rule leaves: rows, pages,
 * counts, rows by their key and named queries, on a real D1. One tenant has all rows and the rule; the other has the
 * rows that are left, and no rule.
 */
import { desc, eq, max, sum } from 'drizzle-orm';
import { integer, text } from 'drizzle-orm/sqlite-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { defineProjection } from '../../core/projection/define-projection.ts';
import type { RowScope, Viewer } from '../../core/projection/row-scope.ts';
import { table } from '../../core/projection/table.ts';
import { keyInput, listInput, listReading, rowReading } from '../../worker/queries/list-rows.ts';
import { queryReading } from '../../worker/queries/named-query.ts';
import type { Reading } from '../../worker/queries/reading.ts';
import { read } from '../../worker/queries/run-reading.ts';
import { product } from '../shop/product.ts';
import { createTables, env, rowsOf } from './support/harness.ts';

const things = defineProjection({
  name: 'things',
  version: 1,
  from: [product],
  tables: {
    things: table(
      {
        thing: text().notNull(),
        owner: text().notNull(),
        region: text().notNull(),
        size: integer().notNull(),
      },
      {
        key: ['thing'],
        filters: ['thing', 'owner', 'region', 'size'],
        sorts: ['owner', 'region', 'size'],
        indexes: [['owner'], ['region', 'size'], ['size']],
      },
    ),
    regions: table({ region: text().notNull(), name: text().notNull() }, { key: ['region'] }),
  },
  list: 'things',
  on: {},
})
  .query('all', z.unknown(), (db, { things }) => db.select().from(things).orderBy(things.thing))
  .query('of-owner', z.string(), (db, { things }, owner) =>
    db.select().from(things).where(eq(things.owner, owner)).orderBy(desc(things.thing)),
  )
  .query('sums', z.unknown(), (db, { things }) =>
    db
      .select({ region: things.region, size: sum(things.size) })
      .from(things)
      .groupBy(things.region)
      .orderBy(things.region),
  )
  .query('largest', z.unknown(), (db, { things }) =>
    db.select({ size: max(things.size) }).from(things),
  )
  .query('owners', z.unknown(), (db, { things }) =>
    db.selectDistinct({ owner: things.owner }).from(things).orderBy(things.owner),
  )
  .query('names', z.unknown(), (db, { things, regions }) =>
    db
      .select({ thing: things.thing, name: regions.name })
      .from(regions)
      .leftJoin(things, eq(things.region, regions.region))
      .orderBy(regions.region, things.thing),
  );

const [model] = things.tables;

const CREATE = `
  CREATE TABLE things_v1 (tenant TEXT NOT NULL, thing TEXT NOT NULL, owner TEXT NOT NULL, region TEXT NOT NULL,
    size INTEGER NOT NULL, PRIMARY KEY (tenant, thing)) WITHOUT ROWID;
  CREATE INDEX things_v1_by_owner ON things_v1 ('' || tenant, owner);
  CREATE INDEX things_v1_by_region_size ON things_v1 ('' || tenant, region, size);
  CREATE INDEX things_v1_by_size ON things_v1 ('' || tenant, size);
  CREATE TABLE regions_v1 (tenant TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (tenant, region)) WITHOUT ROWID;
  INSERT INTO regions_v1 VALUES ('ruled', 'north', 'N'), ('ruled', 'west', 'W'), ('left', 'north', 'N'),
    ('left', 'west', 'W')`;

beforeAll(async () => {
  await createTables();
  for (const sql of CREATE.split(';')) await rowsOf(sql);
});

interface Thing {
  readonly thing: string;
  readonly owner: string;
  readonly region: string;
  readonly size: number;
}

const owners = ['ann', 'bob', 'cleo', ''];
const regions = ['north', 'south'];

const rows: fc.Arbitrary<Thing[]> = fc.uniqueArray(
  fc.record({
    thing: fc.stringMatching(/^[a-e]{1,3}$/),
    owner: fc.constantFrom(...owners),
    region: fc.constantFrom(...regions),
    size: fc.integer({ min: -3, max: 3 }),
  }),
  { selector: ({ thing }) => thing, maxLength: 25 },
);

const scope: fc.Arbitrary<RowScope> = fc.oneof(
  fc.constant('all' as const),
  fc.record({ owner: fc.subarray([...owners, 'nobody']) }),
  fc.record({ owner: fc.subarray(owners), region: fc.subarray(regions) }),
  fc.record({ size: fc.subarray([-3, 0, 1, 2]) }),
  fc.record({ thing: fc.subarray(['a', 'b', 'ab', 'c']) }),
);

/** As they are written in an address. */
const parameters = fc.record(
  {
    owner: fc.constantFrom(...owners),
    'owner.in': fc.constantFrom('ann,bob', 'cleo'),
    'owner.prefix': fc.constantFrom('a', 'b', ''),
    region: fc.constantFrom(...regions),
    'size.gte': fc.integer({ min: -3, max: 3 }).map(String),
    'size.lt': fc.integer({ min: -3, max: 3 }).map(String),
    'thing.gt': fc.constantFrom('a', 'b', 'c'),
    sort: fc.constantFrom('owner', '-owner', 'region', 'size', '-size'),
    limit: fc.integer({ min: 4, max: 10 }).map(String),
    count: fc.constantFrom('true', 'false'),
  },
  { requiredKeys: [] },
);

const INSERT = `INSERT INTO things_v1 (tenant, thing, owner, region, size)
  SELECT ?, value ->> 'thing', value ->> 'owner', value ->> 'region', value ->> 'size' FROM json_each(?)`;

async function store(tenant: string, given: readonly Thing[]): Promise<void> {
  await rowsOf('DELETE FROM things_v1 WHERE tenant = ?', tenant);
  await rowsOf(INSERT, tenant, JSON.stringify(given));
}

function isLeft(granted: RowScope, row: Thing): boolean {
  if (granted === 'all') return true;
  const values = new Map<string, unknown>(Object.entries(row));
  return Object.entries(granted).every(([column, allowed]) =>
    allowed.some((value) => value === values.get(column)),
  );
}

async function answerOf<Answer>(reading: Reading<Answer> | object): Promise<Answer> {
  if (!('selects' in reading)) throw new Error(JSON.stringify(reading));
  // What has selects is a reading.
  return (await read(env.DB, 'first-primary', reading as Reading<Answer>)).answer;
}

/** Every page, from the first to the last, without the cursors: they are of their viewer. */
async function pages(viewer: Viewer, given: object): Promise<unknown[]> {
  const found: unknown[] = [];
  let cursor: string | undefined;
  do {
    const input = listInput(model).parse({ ...given, ...(cursor && { cursor }) });
    const page = await answerOf(listReading(viewer, model, input));
    found.push({ rows: page.rows, count: page.count });
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

async function everything(viewer: Viewer, given: object, all: readonly Thing[]) {
  const byKey = all.map(({ thing }) =>
    answerOf(rowReading(viewer, model, keyInput(model).parse({ thing }))),
  );
  const named = things.queries.map((query) => answerOf(queryReading(viewer, query, 'ann')));
  const list = await pages(viewer, given);
  return { list, byKey: await Promise.all(byKey), named: await Promise.all(named) };
}

test('AC3 any query under a rule equals that over the rows which the rule leaves', async () => {
  await fc.assert(
    fc.asyncProperty(rows, scope, parameters, async (all, granted, given) => {
      const left = all.filter((row) => isLeft(granted, row));
      await store('ruled', all);
      await store('left', left);
      const ruled = await everything(
        { tenant: 'ruled', rows: { things: granted, regions: 'all' } },
        given,
        all,
      );
      expect(ruled).toEqual(await everything({ tenant: 'left', rows: 'all' }, given, all));
    }),
    { numRuns: 60 * env.LEDGE_SCALE, ...(env.LEDGE_SEED !== null && { seed: env.LEDGE_SEED }) },
  );
}, 120_000);
