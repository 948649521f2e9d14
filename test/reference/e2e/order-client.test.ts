/** The client in Node, with Node's own `fetch` and `WebSocket`, against a whole server: the README's example. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, sell, watch } from '../../../docs/samples/order-client/orders.ts';
import type { Served } from '../../e2e/support/serve.ts';
import { serveReference } from './serve-reference.ts';

let ledge: Served;

beforeAll(async () => {
  ledge = await serveReference();
}, 120_000);
afterAll(() => ledge.server.close());

test('U11 the sample places, reads its own write, is refused with a reason, and watches', async () => {
  const client = connect(ledge.url.href);
  // Without stock the saga cancels a web order, which the order's own response may already show.
  expect(await sell(client, 'o-1', 'ann')).toMatch(/^o-1 is /);
  expect(await sell(client, 'o-1', 'ann')).toBe('already-placed');
  await client.order('o-1').cancelOrder({ reason: 'no tea today' });
  const lines: string[] = [];
  await watch(client, (line) => lines.push(line));
  expect(lines.at(-1)).toBe('0 orders wait');
  client.close();
});
