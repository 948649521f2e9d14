/** The plans of an app's reads: what reads every row of a tenant is declared, and nothing else is. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { and, count, desc, eq, gte, inArray, like, ne, or, sql } from 'drizzle-orm';
import { integer, text } from 'drizzle-orm/sqlite-core';
import { afterAll, describe, expect, it, test } from 'vitest';
import * as z from 'zod';
import { planFaults } from '../../cli/check/plans.ts';
import type { Access } from '../../core/access/define-access.ts';
import { defineApp } from '../../core/app.ts';
import { defineProjection } from '../../core/projection/define-projection.ts';
import type { Projection } from '../../core/projection/projection.ts';
import { type TableDefinition, table } from '../../core/projection/table.ts';
import { personal } from '../../core/sealed/personal.ts';
import { createReadModel } from '../../migrations/create-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'ledge-plans-'));

afterAll(() => rmSync(folder, { recursive: true }));

const columns = {
  id: text().notNull(),
  shelf: text().notNull(),
  kind: text({ enum: ['tea', 'coffee'] }).notNull(),
  owner: text().notNull(),
  cents: integer('price_cents').notNull(),
  isFair: integer({ mode: 'boolean' }).notNull(),
  pickedAt: integer({ mode: 'timestamp_ms' }).notNull(),
};

const indexed = table(columns, {
  key: ['shelf', 'id'],
  filters: [{ column: 'id', scan: true }, 'owner', 'cents', 'isFair', 'pickedAt'],
  sorts: [{ column: 'id', scan: true }, 'cents'],
  indexes: [['owner', 'cents'], ['cents'], ['isFair'], ['pickedAt']],
});

const goodsOf = (goods: typeof indexed) =>
  defineProjection({ name: 'goods', version: 1, from: [], tables: { goods }, on: {} });

function faultsOf(projection: Projection, access?: Access): string[] {
  const file = join(folder, '0001_tables.sql');
  writeFileSync(file, projection.tables.map(createReadModel).join('\n'));
  return planFaults(folder, defineApp({ aggregates: [], projections: [projection] }), access);
}

describe('PD18 forgetting a subject', () => {
  const name = personal(text(), 'owner', { open: true });
  const held = { id: text().notNull(), owner: text().notNull(), name };
  const peopleOf = (people: TableDefinition) =>
    defineProjection({ name: 'people', version: 1, from: [], tables: { people }, on: {} });
  it.each([
    ['the key', table(held, { key: ['owner'], filters: ['name'], indexes: [['name']] })],
    [
      'an index',
      table(held, { key: ['id'], sorts: ['name'], indexes: [['name'], ['owner', 'id']] }),
    ],
  ])('finds its rows by %s', (_, people) => {
    expect(faultsOf(peopleOf(people))).toEqual([]);
  });
  it('is a fault where the database lacks the index', () => {
    const people = peopleOf(table(held, { key: ['id'], indexes: [['owner']] }));
    const sql = people.tables
      .map(createReadModel)
      .join('\n')
      .replace(/CREATE INDEX.*;/, '');
    writeFileSync(join(folder, '0001_tables.sql'), sql);
    expect(planFaults(folder, defineApp({ aggregates: [], projections: [people] }))).toEqual([
      expect.stringContaining(
        'Forgetting owner of the table people_v1 reads every row of a tenant',
      ),
    ]);
  });
});

describe('QU3 a filter or sort', () => {
  test('that an index serves is no fault, in either direction and by every comparison', () => {
    expect(faultsOf(goodsOf(indexed))).toEqual([]);
  });

  test.each([
    [{ filters: ['owner'] }, 'The filter owner of the table goods reads every row of a tenant ('],
    [{ filters: ['kind'] }, "Add indexes: [['kind']] to the table, in a new version of its"],
    [{ filters: ['owner'] }, "or declare it: filters: [{ column: 'owner', scan: true }]."],
    [{ sorts: ['cents'] }, 'The sort cents of the table goods reads every row of a tenant ('],
    [{ sorts: ['cents'] }, 'USE TEMP B-TREE FOR ORDER BY). Add indexes: [['],
    [{ sorts: ['cents'], indexes: [['owner', 'cents']] }, 'The sort cents of the table goods'],
    [{ filters: ['cents'], indexes: [['owner', 'cents']] }, 'The filter cents of the table goods'],
  ] as const)('%j reads every row', (options, text) => {
    const made = table(columns, { key: ['id'], ...options });
    expect(faultsOf(goodsOf(made as typeof indexed))).toEqual([expect.stringContaining(text)]);
  });

  test('over a later column of the key does too', () => {
    const faults = faultsOf(goodsOf(table(columns, { key: ['shelf', 'id'] }) as typeof indexed));
    expect(faults).toEqual([
      expect.stringContaining('The filter id of the table goods'),
      expect.stringContaining('The sort id of the table goods'),
    ]);
  });

  test('that is declared is no fault, and one that need not be is', () => {
    const scan = (column: 'owner' | 'id') => ({ column, scan: true }) as const;
    const options = { key: ['id'], filters: [scan('owner')], sorts: [scan('owner')] } as const;
    const declared = (more: object) =>
      faultsOf(goodsOf(table(columns, { ...options, ...more }) as typeof indexed));
    expect(declared({})).toEqual([]);
    expect(declared({ indexes: [['owner']] })).toEqual([
      'The filter owner of the table goods is served by an index: take its scan: true out.',
      'The sort owner of the table goods is served by an index: take its scan: true out.',
    ]);
    expect(declared({ filters: [scan('owner'), scan('id')] })).toEqual([
      'The filter id of the table goods is served by an index: take its scan: true out.',
    ]);
  });
});

describe('QU3 a named query', () => {
  const goods = goodsOf(indexed);
  const input = z.strictObject({ owner: z.string(), kinds: z.array(z.string()).exactOptional() });
  type Build = Parameters<typeof goods.query<'asked', typeof input, never>>[2];
  const asked = (build: unknown, options?: { readonly scan: true }) =>
    faultsOf(goods.query('asked', input, build as Build, options));

  const served: Readonly<Record<string, Build>> = {
    'compares an indexed column': (db, { goods }, { owner }) =>
      db.select().from(goods).where(eq(goods.owner, owner)).orderBy(desc(goods.pickedAt)) as never,
    'compares one with some': (db, { goods }, { owner }) =>
      db
        .select()
        .from(goods)
        .where(inArray(goods.owner, [owner, 'x'])) as never,
    'compares one with a bound': (db, { goods }) =>
      db.select().from(goods).where(gte(goods.cents, 7)) as never,
    'compares the first column of the key': (db, { goods }, { owner }) =>
      db
        .select()
        .from(goods)
        .where(and(eq(goods.shelf, owner), ne(goods.id, 'x'))) as never,
    'has the first rows by key': (db, { goods }) =>
      db.select().from(goods).orderBy(goods.shelf, goods.id) as never,
    'has the first rows of an indexed order': (db, { goods }) =>
      db.select().from(goods).orderBy(desc(goods.cents)).limit(3) as never,
  };
  test.each(Object.entries(served))('that %s is served', (_name, build) => {
    expect(asked(build)).toEqual([]);
    expect(asked(build, { scan: true })).toEqual([
      'The query asked is served by an index: take its { scan: true } out.',
    ]);
  });

  const scanning: Readonly<Record<string, Build>> = {
    'compares a column without an index': (db, { goods }) =>
      db.select().from(goods).where(eq(goods.kind, 'tea')).limit(1) as never,
    'sorts by one': (db, { goods }) =>
      db.select().from(goods).orderBy(goods.kind).limit(1) as never,
    counts: (db, { goods }) => db.select({ rows: count() }).from(goods) as never,
    'adds up': (db, { goods }) => db.select({ sum: sql`sum(${goods.cents})` }).from(goods) as never,
    'groups by an indexed column': (db, { goods }) =>
      db.select({ owner: goods.owner }).from(goods).groupBy(goods.owner) as never,
    'compares one of two': (db, { goods }, { owner }) =>
      db
        .select()
        .from(goods)
        .where(or(eq(goods.owner, owner), eq(goods.kind, 'tea'))) as never,
    'compares a part of a text': (db, { goods }) =>
      db.select().from(goods).where(like(goods.owner, '%x')) as never,
    'compares it with what it is not': (db, { goods }) =>
      db.select().from(goods).where(ne(goods.owner, 'x')) as never,
    'does so only with an optional parameter': (db, { goods }, { owner, kinds }) =>
      db
        .select()
        .from(goods)
        .where(kinds ? eq(goods.kind, 'tea') : eq(goods.owner, owner)) as never,
  };
  test.each(Object.entries(scanning))('that %s scans', (_name, build) => {
    expect(asked(build)).toEqual([
      expect.stringMatching(/^The query asked reads every row of a tenant \(.*\)\. .*scan: true/),
    ]);
    expect(asked(build, { scan: true })).toEqual([]);
  });

  test('without a sample of its input has no plan', () => {
    const odd = z.strictObject({ id: z.string().regex(/^odd$/) });
    const query = goods.query('odd', odd, (db, { goods }) => db.select().from(goods));
    expect(() => faultsOf(query)).toThrow('no sample passes its input. Give the schema');
    const shown = z.strictObject({ id: odd.shape.id.meta({ examples: ['odd'] }) });
    expect(faultsOf(goods.query('odd', shown, (db, { goods }) => db.select().from(goods)))).toEqual(
      [],
    );
  });
});

describe('AC11 under a rule over rows', () => {
  const ruled = (rule: Readonly<Record<string, unknown>>): Access => ({
    kind: 'access',
    claims: z.object({}),
    roles: { seller: { rows: { goods: rule } }, chief: { rows: 'all' } },
  });
  const goods = goodsOf(indexed)
    .query('dearest', z.strictObject({}), (db, { goods }) =>
      db.select().from(goods).orderBy(desc(goods.cents)).limit(3),
    )
    .query('cheap', z.strictObject({}), (db, { goods }) =>
      db.select().from(goods).where(gte(goods.cents, 3)),
    );

  test('every read is bound by its values, whatever other indexes there are', () => {
    expect(faultsOf(goods, ruled({ owner: 'ann' }))).toEqual([]);
    expect(faultsOf(goods, ruled({ isFair: true, owner: ['ann', 'bob'] }))).toEqual([]);
    expect(faultsOf(goods, ruled({ shelf: 'low' }))).toEqual([]);
  });

  test('one that is not bound is a fault', () => {
    const faults = faultsOf(goods, ruled({ kind: 'tea' }));
    expect(faults).toContain(
      'Under the rule of seller for goods_v1, query dearest reads rows of others.',
    );
    expect(faults).toContain(
      'Under the rule of seller for goods_v1, sorts cents reads rows of others.',
    );
  });
});
