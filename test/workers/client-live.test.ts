/** The client's live queries against the real Worker and its Live object, over sockets that break. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createClient, LedgeProblem } from '../../client/index.ts';
import { annsCart } from '../controls/carts.ts';
import { type CutSockets, cutSockets } from './support/cut-sockets.ts';
import type { testApp } from './support/entry.ts';
import { faults, resetFaults } from './support/faults.ts';
import { CLIENT_URL, wayWith } from './support/faulty-fetch.ts';
import { deliver, keptMessages, useKeptQueue } from './support/harness.ts';
import { loseLive, sleepLive } from './support/live-client.ts';

useKeptQueue();

function clientOver(sockets: CutSockets) {
  const fetch = wayWith().fetch;
  return createClient<typeof testApp>({ url: CLIENT_URL, fetch, WebSocket: sockets.Socket });
}

let ids = 0;
const fresh = () => `u9-${++ids}`;

/** Everything sent so far is in the read models. */
const settle = () => deliver(keptMessages());

const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 10_000, interval: 10 });

/** There is nothing to take from an object that does not run. */
async function ifAwake(evict: () => Promise<void>): Promise<void> {
  await evict().catch((error: unknown) => {
    if (!String(error).includes('not currently running')) throw error;
  });
}

type Step = 'place' | 'confirm' | 'cut' | 'refuse' | 'sleep' | 'lose';
const step = fc.constantFrom<Step>('place', 'place', 'confirm', 'cut', 'refuse', 'sleep', 'lose');

describe('U9 a live query shows results that were, in their order, and at last the one that is', () => {
  test('with sockets cut and refused and the object hibernating', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const sockets = cutSockets();
        const client = clientOver(sockets);
        const customer = fresh();
        const orders: { order: string; status: string }[] = [];
        const results = [JSON.stringify(orders)];
        const shown: string[] = [];
        client.live('orders', { customer, sort: 'order' }, (rows) =>
          shown.push(JSON.stringify(rows.map(({ order, status }) => ({ order, status })))),
        );
        for (const next of steps) {
          const placed = orders.find(({ status }) => status === 'placed');
          if (next === 'cut') sockets.cut();
          else if (next === 'refuse') sockets.refuse(2);
          else if (next === 'sleep') await ifAwake(sleepLive);
          else if (next === 'lose') await ifAwake(loseLive);
          else if (next === 'confirm' && placed) {
            await client.order(placed.order).confirmOrder();
            placed.status = 'confirmed';
          } else if (next === 'place') {
            const order = `${customer}-${String(orders.length).padStart(3, '0')}`;
            await client.order(order).placeOrder({ ...annsCart, customer });
            orders.push({ order, status: 'placed' });
          }
          await settle();
          results.push(JSON.stringify(orders));
        }
        await until(() => shown.at(-1) === results.at(-1));
        const places = shown.map((rows) => results.indexOf(rows));
        expect(places).not.toContain(-1);
        expect(places).toEqual(places.toSorted((one, other) => one - other));
        client.close();
      }),
      { numRuns: 15 },
    );
  });

  test('after a cut only missed changes are sent', async () => {
    const sockets = cutSockets();
    const client = clientOver(sockets);
    const customer = fresh();
    const live = client.live('orders', { customer });
    await client.order(`${customer}-1`).placeOrder({ ...annsCart, customer });
    await settle();
    await until(() => live.rows?.length === 1);
    const before = sockets.received.length;
    sockets.cut();
    await client.order(`${customer}-2`).placeOrder({ ...annsCart, customer });
    await settle();
    await until(() => live.rows?.length === 2);
    const types = sockets.received.slice(before).map((frame) => JSON.parse(frame).type);
    expect(types).not.toContain('snapshot');
    expect(sockets.said.filter((frame) => JSON.parse(frame).since !== undefined)).toHaveLength(1);
    client.close();
  });

  test('one socket serves all of them, and is closed after the last one', async () => {
    const sockets = cutSockets();
    const client = clientOver(sockets);
    const customer = fresh();
    await client.order(customer).placeOrder({ ...annsCart, customer });
    const all = [
      client.live('orders', { customer }),
      client.live('orders-of-customer', { customer }),
      client.live('customers', { customer }),
      client.liveRow('orders', customer),
    ];
    await until(() => all.every(({ rows }) => rows?.length === 1));
    expect(sockets.opened()).toBe(1);
    for (const live of all) live.close();
    await until(() => sockets.open() === 0);
  });
});

describe('U10 a live query is a loop, a call, and a way to wait for a command', () => {
  test('a loop sees the newest rows, and leaving it ends the query', async () => {
    const sockets = cutSockets();
    const client = clientOver(sockets);
    const customer = fresh();
    const counts: number[] = [];
    for await (const rows of client.live('orders', { customer })) {
      counts.push(rows.length);
      if (rows.length === 2) break;
      await client.order(`${customer}-${rows.length}`).placeOrder({ ...annsCart, customer });
      await settle();
    }
    expect(counts).toEqual([0, 1, 2]);
    await until(() => sockets.open() === 0);
    expect(sockets.said.map((frame) => JSON.parse(frame).type)).toEqual([
      'subscribe',
      'unsubscribe',
    ]);
  });

  test('a client that waits for a command has it in the rows, while the queue does not deliver', async () => {
    const client = clientOver(cutSockets());
    const customer = fresh();
    const live = client.live('orders', { customer });
    const outcome = await client.order(customer).placeOrder({ ...annsCart, customer });
    if (outcome.outcome !== 'accepted') throw new Error('The order was not placed.');
    await live.including(outcome.token);
    expect(live.rows).toMatchObject([{ order: customer }]);
    client.close();
  });

  test('its own earlier commands are in the rows too', async () => {
    const client = clientOver(cutSockets());
    const customer = fresh();
    await client.order(customer).placeOrder({ ...annsCart, customer });
    const live = client.live('orders', { customer });
    await until(() => live.rows?.length === 1);
    client.close();
  });

  test('a query that can never be answered ends with its problem', async () => {
    const client = clientOver(cutSockets());
    const following = async () => {
      // @ts-expect-error: not declared as a filter
      for await (const _rows of client.live('orders', { lineCount: 1 }));
    };
    await expect(following()).rejects.toBeInstanceOf(LedgeProblem);
    await expect(following()).rejects.toMatchObject({ problem: { kind: 'invalid' } });
    client.close();
  });

  test('more commands than one frame names are all waited for', async () => {
    const client = clientOver(cutSockets());
    const customer = fresh();
    const ids = Array.from({ length: 45 }, (_, index) => `${customer}-${index}`);
    await Promise.all(ids.map((id) => client.order(id).placeOrder({ ...annsCart, customer })));
    const live = client.live('orders', { customer });
    await until(() => live.rows?.length === 45);
    client.close();
  });

  test('a command that will never be in the rows is refused, and the query continues', async () => {
    const client = clientOver(cutSockets());
    const customer = fresh();
    await client.order(customer).placeOrder({ ...annsCart, customer });
    const live = client.live('orders', { customer });
    await expect(live.including(`order/${customer}@9`)).rejects.toMatchObject({
      problem: { kind: 'invalid' },
    });
    await client.order(customer).confirmOrder();
    await settle();
    await until(() => live.rows?.[0]?.status === 'confirmed');
    client.close();
  });

  test('a failure is reported, and over when there are rows again', async () => {
    const client = clientOver(cutSockets());
    const customer = fresh();
    const problems: string[] = [];
    const onProblem = ({ problem }: LedgeProblem) => problems.push(problem.kind);
    faults.beforeTrip = () => {
      throw new Error('D1 is away.');
    };
    const live = client.live('orders', { customer }, undefined, { onProblem });
    await until(() => problems.length === 1);
    resetFaults();
    await until(() => live.rows?.length === 0);
    expect(problems).toEqual(['unavailable']);
    client.close();
  });

  test('closing the client ends all of them', async () => {
    const client = clientOver(cutSockets());
    const [one, other] = [client.live('orders', {}), client.live('products', {})];
    await until(() => one.rows !== undefined && other.rows !== undefined);
    const waiting = one.including('order/never@1');
    client.close();
    await expect(waiting).rejects.toThrow();
    for await (const _rows of other) throw new Error('It has ended.');
    for await (const _rows of client.live('orders')) throw new Error('It never began.');
  });

  test('a signal ends it', async () => {
    const abort = new AbortController();
    const client = clientOver(cutSockets());
    const seen: unknown[] = [];
    const live = client.live('orders', { customer: fresh() }, (rows) => seen.push(rows), abort);
    await until(() => seen.length === 1);
    abort.abort();
    for await (const _rows of live) throw new Error('It has ended.');
    await expect(live.including('order/o-1@1')).rejects.toThrow();
    client.close();
  });
});
