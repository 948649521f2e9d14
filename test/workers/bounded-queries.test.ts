/** What a query may cost: counts stop, and a named query answers all of its rows or none. */
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineApp } from '../../core/app.ts';
import { liveQueries } from '../../worker/live/live-query.ts';
import { waveReader } from '../../worker/live/read-wave.ts';
import { COUNT_MAX, listInput, listReading } from '../../worker/queries/list-rows.ts';
import { QUERY_ROWS_MAX, queryReading } from '../../worker/queries/named-query.ts';
import type { Reading } from '../../worker/queries/reading.ts';
import { read } from '../../worker/queries/run-reading.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { app } from '../shop/app.ts';
import { orders } from '../shop/read-models.ts';
import { deployment } from './support/deployment.ts';
import { faults, faultyDatabase, faultyPlatform } from './support/faults.ts';
import { createTables, env } from './support/harness.ts';

const ROWS = 12_000;

/** Rows of others lie before and after. */
beforeAll(async () => {
  await createTables();
  for (const tenant of ['a', 'main', 'z']) {
    await env.DB.prepare(
      `INSERT INTO orders_v1 (tenant, "order", customer, country, status, line_count, gross_cents, net_cents, placed_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
       SELECT ?, printf('o-%05d', i), 'ann', iif(i <= ${COUNT_MAX}, 'Norway', 'Austria'), 'placed', 1, i, i,
         '2026-01-01T00:00:00.000Z' FROM n`,
    )
      .bind(tenant)
      .run();
  }
});

const bounded = orders
  .query('first-orders', z.strictObject({ rows: z.coerce.number() }), (db, { orders }, { rows }) =>
    db.select().from(orders).orderBy(orders.order).limit(rows),
  )
  .query('every-order', z.strictObject({}), (db, { orders }) =>
    db.select().from(orders).orderBy(orders.order),
  );
const boundedApp = defineApp({
  ...app,
  projections: app.projections.map((one) => (one.name === 'orders' ? bounded : one)),
});
const shop = deployment(boundedApp);
const [model] = orders.tables;
const viewer = { tenant: 'main', rows: 'all' } as const;

async function rowsRead(reading: Reading<unknown>): Promise<number> {
  faults.rowsRead = 0;
  await read(faultyDatabase(env.DB), 'first-primary', reading);
  return faults.rowsRead;
}

describe('Q13 a count', () => {
  test('stops, and says so', async () => {
    const { body } = await shop.get('/v1/queries/orders?count=true&limit=1');
    expect(body).toMatchObject({ count: COUNT_MAX, countIsCapped: true });
  });

  test('that ends at the limit by itself is whole', async () => {
    const { body } = await shop.get('/v1/queries/orders?count=true&limit=1&country=Norway');
    expect(body).toMatchObject({ count: COUNT_MAX });
    expect(body).not.toHaveProperty('countIsCapped');
  });

  test('reads no more rows than it counts', async () => {
    const reading = listReading(
      viewer,
      model,
      listInput(model).parse({ count: 'true', limit: '1' }),
    );
    if ('outcome' in reading) expect.unreachable();
    expect(await rowsRead(reading)).toBeLessThanOrEqual(COUNT_MAX + 20);
  });
});

const tooMany = {
  type: '/problems/too-many-rows',
  status: 413,
  limitRows: QUERY_ROWS_MAX,
};

describe('Q14 a named query', () => {
  test('answers as many rows as the limit', async () => {
    const { status, body } = await shop.get(`/v1/queries/first-orders?rows=${QUERY_ROWS_MAX}`);
    expect(status).toBe(200);
    expect(body.rows).toHaveLength(QUERY_ROWS_MAX);
    expect(body.rows).toMatchObject({ 0: { order: 'o-00001' }, 999: { order: 'o-01000' } });
  });

  test.each([`first-orders?rows=${QUERY_ROWS_MAX + 1}`, 'every-order'])(
    '%s has more, which is a problem and no part of them',
    async (path) => {
      const { status, body } = await shop.get(`/v1/queries/${path}`);
      expect(status).toBe(413);
      expect(body).toMatchObject(tooMany);
      expect(body).not.toHaveProperty('rows');
    },
  );

  test('reads one row more than the limit', async () => {
    const every = bounded.queries.find(({ name }) => name === 'every-order');
    if (!every) expect.unreachable();
    // Each row twice: where it is, and in the page that it is measured in.
    const most = 3 * (QUERY_ROWS_MAX + 1) + 10;
    expect(await rowsRead(queryReading(viewer, every, {}))).toBeLessThanOrEqual(most);
  });

  test('is the same problem as a live query', async () => {
    const machinery = machineryFor(boundedApp, faultyPlatform);
    const live = liveQueries(machinery)(env, 'main', { query: 'every-order', rows: 'all' });
    if ('outcome' in live) expect.unreachable();
    faults.rowsRead = 0;
    const { reads } = await waveReader(machinery)(env, 'main', [live], 'first-primary');
    expect(reads).toMatchObject([
      { rows: { outcome: 'too-many-rows', limitRows: QUERY_ROWS_MAX } },
    ]);
    expect(faults.rowsRead).toBeLessThanOrEqual(3 * (QUERY_ROWS_MAX + 1) + 10);
  });
});
