/** Live queries over a WebSocket: what a client is told, and when. */
import { afterEach, expect, test } from 'vitest';
import { deliver, get, keptMessages, send, useKeptQueue } from './support/harness.ts';
import { evictLive, type LiveClient, openLive } from './support/live-client.ts';

useKeptQueue();

const clients: LiveClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function open(): Promise<LiveClient> {
  const client = await openLive();
  clients.push(client);
  return client;
}

async function product(id: string, priceCents = 100): Promise<void> {
  await send(`product/${id}`, 'RegisterProduct', { name: id, priceCents });
  await deliver(keptMessages());
}

async function receive(id: string, quantity: number): Promise<void> {
  await send(`product/${id}`, 'ReceiveStock', { quantity });
  await deliver(keptMessages());
}

async function queried(path: string): Promise<unknown> {
  return (await get(`/v1/queries/${path}`)).body.rows;
}

test('B2 who subscribes gets the result, then what changes in it', async () => {
  await product('chai');
  const client = await open();
  client.subscribe('p', 'products', { input: { sort: '-onHand' } });
  expect(await client.next('snapshot')).toMatchObject({ id: 'p', rows: [{ key: 'chai' }] });
  await product('tofu');
  await client.next('change');
  await receive('tofu', 5);
  await client.next('change');
  expect(client.rows('p')).toEqual(await queried('products?sort=-onHand'));
  expect(client.keys('p')).toEqual(['tofu', 'chai']);
});

test('B6 wakes', async () => {
  const client = await open();
  client.subscribe('p', 'products');
  await client.next('snapshot');
  await evictLive();
  await product('late');
  await client.until(() => client.keys('p').includes('late'));
  expect(client.types()).toEqual(['snapshot', 'snapshot']);
});
