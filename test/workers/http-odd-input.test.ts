/** Unusual but valid input: it must be accepted and returned as it was sent. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeCursor } from '../../worker/http/cursor.ts';
import { faults } from './support/faults.ts';
import { createTables, fetchWorker, get, resetFaults, send } from './support/harness.ts';
import { expectProblem } from './support/hostile.ts';

beforeAll(createTables);
beforeEach(resetFaults);

const CHAI = { name: 'Chai', priceCents: 1800 };

test.each([
  '😀',
  'e\u0301',
  '\u2028',
  '\ufeffChai',
  '\u0001',
  '<script>',
  '\\u0000',
  '\\ud800',
  '\uffff',
  `"${'['.repeat(65)}\\`,
  "'; DROP TABLE products_v1 --",
])('H10 the text %j is returned as it was sent', async (name) => {
  const id = crypto.randomUUID();
  const { body } = await send(`product/${id}`, 'RegisterProduct', { ...CHAI, name });
  expect(body).toMatchObject({ events: [{ data: { name } }] });
  const stored = await get(`/v1/streams/product/${id}`);
  expect(stored.body).toMatchObject({ events: [{ data: { name } }] });
  const read = { 'consistent-with': `product/${id}@1` };
  expect((await get(`/v1/queries/products/${id}`, read)).body).toMatchObject({ name });
  const found = await get(`/v1/queries/products?name=${encodeURIComponent(name)}`);
  expect(found.body).toMatchObject({ rows: [{ product: id, name }] });
});

test.each(['a', 'a'.repeat(128), 'constructor', '__proto__', '...', 'a.b_c~d-e'])(
  'H6 the id %s is one',
  async (id) => {
    const { body } = await send(`product/${id}`, 'RegisterProduct', CHAI);
    expect(body).toMatchObject({ outcome: 'accepted', stream: `product/${id}` });
    expect((await get(`/v1/aggregates/product/${id}`)).body).toMatchObject({ version: 1 });
    const read = { 'consistent-with': `product/${id}@1` };
    expect((await get(`/v1/queries/products/${id}`, read)).body).toMatchObject({ product: id });
  },
);

test('H4 a body of one mebibyte is accepted', async () => {
  const response = await fetchWorker('/v1/commands/product/large/RegisterProduct', {
    method: 'POST',
    headers: { 'content-type': 'Application/JSON; charset=UTF-8' },
    body: JSON.stringify(CHAI).padEnd(1_048_576, ' '),
  });
  expect(response.status).toBe(200);
});

test.each(["' OR 1=1 --", '%', '"', '\0', '\ufffd', '{"gt":""}'])(
  'H9 %j in a filter, an input, a cursor or a key is a value like any other',
  async (text) => {
    const value = encodeURIComponent(text);
    // As if it had been handed out, by the list of customers in the order of its key.
    const shape = ['customers_v1', 'SQLiteText text'];
    const cursor = encodeCursor([shape, ['customer'], false, {}, 'all'], [text]);
    for (const query of [
      `orders?customer=${value}`,
      `orders?customer.in=${value}`,
      `orders?customer.prefix=${value}`,
      `orders-of-customer?customer=${value}`,
      `customers?cursor=${cursor}`,
    ]) {
      expect((await get(`/v1/queries/${query}`)).body).toEqual({ rows: [] });
    }
    await expectProblem('unknown', `/v1/queries/orders/${value}`);
  },
);

describe('H21 what breaks inside stays inside', () => {
  test('a bug in the domain', async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    await expectProblem('failed', '/v1/commands/troublesome/t-1/Throw', init);
  });

  test('a database that fails', async () => {
    faults.queue = 'kept';
    await send('product/unlucky', 'RegisterProduct', CHAI);
    faults.beforeBatch = () => {
      throw new Error('D1_ERROR: secret of SELECT at worker.ts:1');
    };
    const headers = { 'consistent-with': 'product/unlucky@1' };
    await expectProblem('unavailable', '/v1/queries/products', { headers });
  });
});
