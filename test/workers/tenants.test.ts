/** The isolation of tenants, against a client that tries to read another tenant's data. */
import { drizzle } from 'drizzle-orm/d1';
import { integer, text } from 'drizzle-orm/sqlite-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import type { Command } from '../../core/aggregate/command.ts';
import { defineProjection } from '../../core/projection/define-projection.ts';
import { table } from '../../core/projection/table.ts';
import { queryReading } from '../../worker/queries/named-query.ts';
import { read } from '../../worker/queries/run-reading.ts';
import { product } from '../shop/product.ts';
import { faults } from './support/faults.ts';
import {
  aggregateOf,
  createTables,
  deliver,
  env,
  get,
  keptMessages,
  request,
  resetFaults,
  rowsOf,
  send,
} from './support/harness.ts';

beforeAll(async () => {
  await createTables();
  faults.queue = 'kept';
  await send('product/shared', 'RegisterProduct', { name: 'mine', priceCents: 1 });
  await executeAs('other', 'shared', 'theirs');
  await executeAs('other', 'secret', 'theirs');
  await executeAs('Main', 'upper', 'theirs');
  await deliver(keptMessages());
});
beforeEach(resetFaults);

/** As if `tenant` had a credential: until there are some, only the object's own door knows other tenants. */
async function executeAs(tenant: string, id: string, name: string): Promise<void> {
  const command: Command = {
    name: 'RegisterProduct',
    data: { name, priceCents: 1 },
    fingerprint: 'x',
    actor: 'somebody',
  };
  const [outcome] = await aggregateOf(`product/${id}`, tenant).execute([command]);
  expect(outcome).toMatchObject({ outcome: 'accepted', version: 1 });
}

test('T1 the same id in two tenants is two streams, two journals, two rows', async () => {
  const rows = await rowsOf(
    "SELECT tenant, name FROM products_v1 WHERE product = 'shared' ORDER BY tenant",
  );
  expect(rows).toEqual([
    { tenant: 'main', name: 'mine' },
    { tenant: 'other', name: 'theirs' },
  ]);
  const { body } = await get('/v1/streams/product/shared');
  expect(body.events).toMatchObject([{ tenant: 'main', data: { name: 'mine' } }]);
});

test('T2 lists, rows, streams and states contain the caller’s tenant alone', async () => {
  expect((await get('/v1/queries/products')).body).toMatchObject({ rows: [{ product: 'shared' }] });
  expect((await get('/v1/queries/products?product=secret')).body).toEqual({ rows: [] });
  expect((await get('/v1/queries/products/secret')).status).toBe(404);
  expect((await get('/v1/aggregates/product/secret')).status).toBe(404);
  expect((await get('/v1/streams/product')).body).toEqual({
    streams: [{ stream: 'product/shared', version: 1 }],
  });
  const token = await get('/v1/queries/products', { 'consistent-with': 'product/secret@1' });
  expect(token.status).toBe(400);
});

test('T3 nothing that a caller sends names a tenant', async () => {
  for (const path of ['/v1/queries/products?tenant=other', '/v1/streams/product?tenant=other']) {
    expect((await get(path)).status).toBe(400);
  }
  const asked = await request('/v1/queries/products', {
    headers: { tenant: 'other', 'x-tenant': 'other' },
  });
  expect(asked.body).toMatchObject({ rows: [{ name: 'mine' }] });
  const inBody = await send('product/smuggled', 'RegisterProduct', {
    name: 'x',
    priceCents: 1,
    tenant: 'other',
  });
  expect(inBody.status).toBe(400);
});

/** Careless and hostile queries: over their tables without any condition. */
const careless = defineProjection({
  name: 'careless',
  version: 1,
  from: [product],
  tables: {
    products: table(
      {
        product: text().notNull(),
        name: text().notNull(),
        priceCents: integer('price_cents').notNull(),
      },
      { key: ['product'] },
    ),
  },
  on: {},
})
  .query('all', z.unknown(), (db, { products }) => db.select().from(products))
  .query('joined', z.unknown(), (db, { products }) =>
    db
      .select({ name: products.name, price: products.priceCents })
      .from(products)
      .orderBy(products.name),
  )
  .query('distinct', z.unknown(), (db, { products }) =>
    db.selectDistinct({ name: products.name }).from(products),
  );

test.for(careless.queries.map((query) => query.name))(
  'T4 the query %s without a condition answers the tenant’s rows alone',
  async (name) => {
    const query = careless.queries.find((one) => one.name === name);
    if (!query) throw new Error('The query is defined above.');
    const namesOf = async (tenant: string) => {
      const reading = queryReading({ tenant, rows: 'all' }, query, undefined);
      const { answer } = await read(env.DB, 'first-primary', reading);
      if ('outcome' in answer) throw new Error(`The query is ${answer.outcome}.`);
      return answer.map((row) => row.name);
    };
    expect(await namesOf('main')).toEqual(['mine']);
    expect((await namesOf('other')).every((name) => name === 'theirs')).toBe(true);
    expect(await namesOf('nobody')).toEqual([]);
  },
);

test('T4 a handed table has no tenant column to turn a condition with', () => {
  const [query] = careless.queries;
  const sql = query?.build(drizzle(env.DB), { tenant: 'main', rows: 'all' }, undefined).toSQL();
  expect(sql?.params).toEqual(['main']);
  expect(sql?.sql).toContain('where "products_v1"."tenant" = ?');
  expect(sql?.sql).not.toMatch(/^select[^(]*tenant/);
});
