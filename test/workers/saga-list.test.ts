/** The list of sagas: a read model of Ledge's own, for any app that has sagas. */
import { beforeAll, describe, expect, test } from 'vitest';
import { faults } from './support/faults.ts';
import { get as getWithoutSagas, useKeptQueue } from './support/harness.ts';
import { accepted, place, settle, shop, stock } from './support/shop.ts';

useKeptQueue();

const { get, post, buildAll } = shop;

const HOUR_MS = 3_600_000;

/** One completed, one compensated, two that wait for a payment, an hour apart each; and one of another kind, last. */
beforeAll(async () => {
  faults.queue = 'kept';
  await stock('l-chai', 9);
  for (const order of ['l-1', 'l-2', 'l-3', 'l-4']) {
    await place(order, 'l-chai');
    await settle();
    faults.clockSkewMs += HOUR_MS;
  }
  await accepted('payment/l-1/CapturePayment');
  await accepted('payment/l-2/DeclinePayment', { reason: 'no funds' });
  await accepted('troublesome/l/Work', { note: 'copy me' });
  await settle();
});

async function listed(query = ''): Promise<Record<string, unknown>[]> {
  const { status, body } = await get(`/v1/sagas${query}`);
  expect({ query, status, body }).toMatchObject({ status: 200 });
  return body.rows as Record<string, unknown>[];
}

async function idsOf(query: string): Promise<unknown[]> {
  return (await listed(query)).map(({ id }) => id);
}

describe('Y10 the list of sagas', () => {
  test('has the status of each', async () => {
    expect(await listed()).toEqual([
      expect.objectContaining({ saga: 'copying', id: 'l', status: 'completed' }),
      expect.objectContaining({ saga: 'fulfilment', id: 'l-1', status: 'completed' }),
      expect.objectContaining({ id: 'l-2', status: 'compensated', reason: 'failure of pay' }),
      expect.objectContaining({ id: 'l-3', status: 'running', reason: null, definition: 1 }),
      expect.objectContaining({ id: 'l-4', status: 'running' }),
    ]);
    for (const { saga, id, version, status } of await listed()) {
      expect((await get(`/v1/sagas/${saga}/${id}`)).body).toMatchObject({ version, status });
    }
  });

  test('is filtered by kind, status, correlation id and age, and sorted', async () => {
    const [, , , third, fourth] = await listed();
    expect(await idsOf('?saga=fulfilment&status=running')).toEqual(['l-3', 'l-4']);
    expect(await idsOf('?status.in=completed,compensated')).toEqual(['l', 'l-1', 'l-2']);
    expect(await idsOf(`?correlationId=${third?.correlationId}`)).toEqual(['l-3']);
    expect(await idsOf(`?startedAt.lt=${fourth?.startedAt}`)).toEqual(['l-1', 'l-2', 'l-3']);
    expect(await idsOf(`?startedAt.gt=${third?.startedAt}&saga=fulfilment`)).toEqual(['l-4']);
    expect(await idsOf('?saga=fulfilment&sort=-startedAt&limit=1')).toEqual(['l-4']);
  });

  test('is read page by page', async () => {
    const first = await get('/v1/sagas?sort=-startedAt&limit=3&count=true');
    expect(first.body).toMatchObject({ rows: { length: 3 }, count: 5 });
    const next = String(first.headers.get('link')).replace(/^<(.*)>.*$/, '$1');
    expect((await get(next)).body).toMatchObject({ rows: [{ id: 'l-2' }, { id: 'l-1' }] });
  });

  test('is read with a consistency token', async () => {
    await place('l-5', 'l-chai');
    const { body } = await get('/v1/sagas?id=l-5', { 'consistent-with': 'order/l-5@1' });
    expect(body).toEqual({ rows: [] });
    await settle();
    const { version } = (await get('/v1/sagas/fulfilment/l-5')).body;
    const token = { 'consistent-with': `fulfilment/l-5@${version}` };
    expect((await get('/v1/sagas?id=l-5', token)).body).toMatchObject({ rows: [{ version }] });
  });

  test('refuses unknown parameters, and is not a query', async () => {
    for (const query of ['?status=lost', '?limit=0', '?cursor=x', '?sort=reason', '?age=1']) {
      expect((await get(`/v1/sagas${query}`)).status, query).toBe(400);
      expect((await getWithoutSagas(`/v1/sagas${query}`)).status, query).toBe(400);
    }
    expect((await get('/v1/queries/sagas')).status).toBe(404);
  });

  test('is empty where an app has none', async () => {
    expect((await getWithoutSagas('/v1/sagas?status=running')).body).toEqual({ rows: [] });
  });

  test('is rebuilt and verified like any read model', async () => {
    const before = await listed();
    expect((await post('/v1/projections/sagas/rebuild')).status).toBe(200);
    await buildAll('sagas');
    expect(await listed()).toEqual(before);
    await post('/v1/projections/sagas/verify');
    await buildAll('sagas');
    expect((await get('/v1/projections/sagas')).body.generations).toContainEqual(
      expect.objectContaining({
        purpose: 'verify',
        report: [expect.objectContaining({ onlyLive: 0, onlyRecomputed: 0 })],
      }),
    );
  });
});
