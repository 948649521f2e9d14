/** The typed client against the real Worker: commands and queries, over a way on which everything goes wrong. */
import { describe, expect, test } from 'vitest';
import { createClient, LedgeProblem, type RetryPolicy } from '../../client/index.ts';
import { annsCart, bobsCart } from '../controls/carts.ts';
import type { testApp } from './support/entry.ts';
import { CLIENT_URL, type Way, type WayFault, wayWith } from './support/faulty-fetch.ts';
import { get, useKeptQueue } from './support/harness.ts';

useKeptQueue();

/** Real waits, but short ones. */
const hasty = { attemptsMax: 5, attemptMsMax: 500, baseMs: 1 };

function clientOver(way: Way, retry: Partial<RetryPolicy> = hasty) {
  return createClient<typeof testApp>({ url: CLIENT_URL, fetch: way.fetch, retry });
}

let ids = 0;
const fresh = (prefix: string) => `${prefix}-${++ids}`;

async function eventsOf(stream: string): Promise<unknown[]> {
  const { body } = await get(`/v1/streams/${stream}`);
  return [body.events].flat();
}

describe('U1 a command is executed once, and its outcome is returned', () => {
  const troubles: WayFault[][] = [
    ['none'],
    ['lost'],
    ['answer-lost'],
    ['cut'],
    ['hangs'],
    ['answer-hangs'],
    ['gateway'],
    ['overloaded'],
    ['answer-lost', 'cut', 'lost', 'answer-hangs'],
  ];
  test.each(troubles)('%s %s %s %s', async (...faults) => {
    const way = wayWith(...faults);
    const id = fresh('u1');
    const outcome = await clientOver(way).order(id).placeOrder(annsCart);
    expect(outcome).toMatchObject({ outcome: 'accepted', version: 1, token: `order/${id}@1` });
    expect(await eventsOf(`order/${id}`)).toHaveLength(1);
    expect(new Set(way.sent.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  test('a rejection too, with the state that it met', async () => {
    const id = fresh('u1');
    const way = wayWith('none', 'answer-lost', 'none');
    const order = clientOver(way).order(id);
    await order.placeOrder(annsCart);
    expect(await order.markShipped()).toMatchObject({
      outcome: 'rejected',
      reason: 'not-confirmed',
      details: { status: 'placed' },
      replayed: true,
    });
  });

  test('two calls are two commands, with a key each', async () => {
    const id = fresh('u1');
    const way = wayWith();
    const product = clientOver(way).product(id);
    await product.registerProduct({ name: 'Chai', priceCents: 1_800 });
    await product.receiveStock({ quantity: 5 });
    await product.receiveStock({ quantity: 5 });
    expect(await product.state()).toMatchObject({ version: 3, state: { onHand: 10 } });
    expect(
      new Set(way.sent.slice(0, 3).map(({ headers }) => headers['idempotency-key'])).size,
    ).toBe(3);
  });

  test('a key of the caller is the key', async () => {
    const id = fresh('u1');
    const client = clientOver(wayWith());
    const options = { idempotencyKey: `place-${id}` };
    await client.order(id).placeOrder(annsCart, options);
    expect(await client.order(id).placeOrder(annsCart, options)).toMatchObject({
      outcome: 'accepted',
      replayed: true,
    });
  });
});

describe('U3 an outcome is a value, everything else is thrown with its kind', () => {
  test('a version that is not the expected one is an outcome', async () => {
    const id = fresh('u3');
    const order = clientOver(wayWith()).order(id);
    expect(await order.placeOrder(annsCart, { expectedVersion: 0 })).toMatchObject({ version: 1 });
    expect(await order.confirmOrder({}, { expectedVersion: 4 })).toMatchObject({
      outcome: 'conflict',
      expected: 4,
      actual: 1,
    });
    expect(await order.confirmOrder({}, { expectedVersion: 1 })).toMatchObject({ version: 2 });
  });

  test('when it happened is sent along', async () => {
    const id = fresh('u3');
    const occurredAt = new Date('2026-05-04T09:00:00.000Z');
    const outcome = await clientOver(wayWith()).order(id).placeOrder(annsCart, { occurredAt });
    expect(outcome).toMatchObject({ events: [{ occurredAt: occurredAt.toISOString() }] });
  });

  test('data that the schema refuses is invalid, with every path, and sent once', async () => {
    const way = wayWith();
    const placing = clientOver(way)
      .order(fresh('u3'))
      .placeOrder({ ...annsCart, lines: [] });
    const problem = await thrown(placing);
    expect(problem).toMatchObject({ kind: 'invalid', status: 400, errors: [{ at: '/lines' }] });
    expect(way.sent).toHaveLength(1);
  });

  test('a key that belongs to another command is a problem', async () => {
    const id = fresh('u3');
    const client = clientOver(wayWith());
    const options = { idempotencyKey: `reused-${id}` };
    await client.order(id).placeOrder(annsCart, options);
    const problem = await thrown(client.order(id).placeOrder(bobsCart, options));
    expect(problem).toMatchObject({ kind: 'key-reused', stream: `order/${id}` });
  });

  test('a call without a response rejects with the last error', async () => {
    const way = wayWith('lost', 'lost', 'lost', 'lost', 'lost');
    const asking = clientOver(way).query('orders');
    expect(await thrown(asking)).toMatchObject({ kind: 'unreachable', status: 0 });
    await expect(asking).rejects.toMatchObject({ cause: { message: 'Network connection lost.' } });
    expect(way.sent).toHaveLength(5);
  });

  test('a call that is only put off rejects with the server’s last problem', async () => {
    const way = wayWith('overloaded', 'overloaded');
    const asking = clientOver(way, { ...hasty, attemptsMax: 2 }).query('orders');
    expect(await thrown(asking)).toMatchObject({ kind: 'unavailable' });
  });

  test('an answer that is not of Ledge is no answer', async () => {
    const asking = clientOver(wayWith('gateway'), { attemptsMax: 1 }).query('orders');
    expect(await thrown(asking)).toMatchObject({ kind: 'unreachable' });
  });

  async function thrown(call: Promise<unknown>) {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof LedgeProblem) return error.problem;
    throw new Error(`A problem was expected, and there was ${error}.`);
  }
});

describe('U4 a client reads its own writes while the queue does not deliver', () => {
  test('in a list, a row and a named query', async () => {
    const client = clientOver(wayWith());
    const customer = fresh('u4');
    await client.order(customer).placeOrder({ ...annsCart, customer });
    const row = { order: customer, customer, status: 'placed' };
    expect(await client.query('orders', { customer })).toMatchObject({ rows: [row] });
    expect(await client.get('orders', customer)).toMatchObject(row);
    expect(await client.query('orders-of-customer', { customer })).toMatchObject({ rows: [row] });
  });

  test('a token is sent until it was answered with, then the bookmark of the answer', async () => {
    const way = wayWith();
    const client = clientOver(way);
    const id = fresh('u4');
    await client.order(id).placeOrder(annsCart);
    await client.query('orders', { order: id });
    await client.query('orders', { order: id });
    await client.order(id).confirmOrder();
    expect(await client.get('orders', id)).toMatchObject({ status: 'confirmed' });
    const reads = way.sent.filter(({ method }) => method === 'GET').map(({ headers }) => headers);
    expect(reads.map((headers) => headers['consistent-with'])).toEqual([
      `order/${id}@1`,
      undefined,
      `order/${id}@2`,
    ]);
    expect(reads.map((headers) => 'd1-bookmark' in headers)).toEqual([false, true, true]);
  });

  test('more streams than one request names are brought in before the answer', async () => {
    const client = clientOver(wayWith());
    const customer = fresh('u4');
    const ids = Array.from({ length: 45 }, () => fresh('u4'));
    await Promise.all(ids.map((id) => client.order(id).placeOrder({ ...annsCart, customer })));
    const { count } = await client.query('orders', { customer, count: true });
    expect(count).toBe(45);
  });

  test('on request a query includes the read model as it is, or the writes of others', async () => {
    const customer = fresh('u4');
    const writer = clientOver(wayWith());
    const outcome = await writer.order(customer).placeOrder({ ...annsCart, customer });
    const token = outcome.outcome === 'accepted' ? outcome.token : '';
    const reader = clientOver(wayWith());
    const rowsWith = async (consistentWith: false | readonly string[]) =>
      (await reader.query('orders', { customer }, { consistentWith })).rows;
    expect(await rowsWith(false)).toEqual([]);
    expect(await rowsWith([token])).toMatchObject([{ order: customer }]);
    expect(await rowsWith(false)).toMatchObject([{ order: customer }]);
  });
});

describe('U6 requests match the typed input', () => {
  test('every page, each row once', async () => {
    const client = clientOver(wayWith());
    const customer = fresh('u6');
    const ids = Array.from({ length: 5 }, () => fresh('u6'));
    for (const id of ids) await client.order(id).placeOrder({ ...annsCart, customer });
    const seen: string[] = [];
    for await (const { rows } of client.pages('orders', { customer, sort: '-order', limit: 2 })) {
      seen.push(...rows.map(({ order }) => order));
    }
    expect(seen).toEqual(ids.sort().reverse());
  });

  test('a filter takes commas and backslashes as they are', async () => {
    const client = clientOver(wayWith());
    const odd = `${fresh('u6')},a\\b&c=d é`;
    await client.order(fresh('u6')).placeOrder({ ...annsCart, customer: odd });
    expect((await client.query('orders', { 'customer.in': [odd, 'nobody'] })).rows).toHaveLength(1);
    expect((await client.query('orders', { customer: odd })).rows).toHaveLength(1);
  });

  test('a key of several columns finds its row; a row that is not there is undefined', async () => {
    const client = clientOver(wayWith());
    const country = `${fresh('U')}, 6/7`;
    const occurredAt = '2026-05-04T09:00:00.000Z';
    await client.order(fresh('u6')).placeOrder({ ...annsCart, country }, { occurredAt });
    expect(await client.get('sales-by-day', ['2026-05-04', country])).toMatchObject({ orders: 1 });
    expect(await client.get('sales-by-day', ['2026-05-05', country])).toBeUndefined();
  });

  test('a state now, as it was, and of nothing', async () => {
    const client = clientOver(wayWith());
    const id = fresh('u6');
    await client.order(id).placeOrder(annsCart);
    await client.order(id).confirmOrder();
    expect(await client.state('order', id)).toMatchObject({ state: { status: 'confirmed' } });
    expect(await client.order(id).state({ version: 1 })).toMatchObject({
      version: 1,
      state: { status: 'placed' },
    });
    expect(await client.order(fresh('u6')).state()).toBeUndefined();
  });

  test('a client can be awaited and printed, and aggregates can be accessed by name', async () => {
    const client = clientOver(wayWith());
    expect(await client).toBe(client);
    expect(await client.order('o-1')).toBeDefined();
    const id = fresh('u6');
    expect(await client.aggregate('order', id).send('PlaceOrder', annsCart)).toMatchObject({
      outcome: 'accepted',
    });
  });

  test('the token is sent with every request, and read for each', async () => {
    let asked = 0;
    const way = wayWith();
    const token = async () => `secret-${++asked}`;
    const client = createClient<typeof testApp>({ url: `${CLIENT_URL}/`, fetch: way.fetch, token });
    await client.query('orders');
    await client.query('orders');
    expect(way.sent.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer secret-1',
      'Bearer secret-2',
    ]);
  });
});

describe('U7 a signal ends a call at once', () => {
  test('while the answer is awaited', async () => {
    const way = wayWith('hangs');
    const abort = new AbortController();
    const asking = clientOver(way, { attemptMsMax: 60_000 }).query('orders', {}, abort);
    abort.abort(new Error('gone'));
    await expect(asking).rejects.toThrow('gone');
    expect(way.sent).toHaveLength(1);
  });

  test('between two attempts', async () => {
    const way = wayWith('lost');
    const abort = new AbortController();
    const placing = clientOver(way, { baseMs: 60_000, elapsedMsMax: 600_000 })
      .order(fresh('u7'))
      .placeOrder(annsCart, abort);
    setTimeout(() => abort.abort(new Error('gone')), 20);
    await expect(placing).rejects.toThrow('gone');
    expect(way.sent).toHaveLength(1);
  });
});
