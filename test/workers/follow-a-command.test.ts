import { beforeAll, beforeEach, expect, test } from 'vitest';
import { createTables, get, resetFaults, send } from './support/harness.ts';

beforeAll(createTables);
beforeEach(resetFaults);

test('a command becomes an event, a state and a row', async () => {
  const command = await send('product/chai', 'RegisterProduct', { name: 'Chai', priceCents: 1800 });
  expect(command.status).toBe(200);
  expect(command.headers.get('etag')).toBe('"1"');
  expect(command.body).toMatchObject({
    outcome: 'accepted',
    stream: 'product/chai',
    version: 1,
    token: 'product/chai@1',
    events: [{ type: 'ProductRegistered', version: 1, data: { name: 'Chai', priceCents: 1800 } }],
  });
  const row = { product: 'chai', name: 'Chai', priceCents: 1800, onHand: 0, reserved: 0 };
  const list = await get('/v1/queries/products', { 'consistent-with': 'product/chai@1' });
  expect(list.body).toEqual({ rows: [row] });
  expect((await get('/v1/queries/products/chai')).body).toEqual(row);
});
