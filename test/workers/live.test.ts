/** Live queries over a WebSocket: the frames that a client gets, and its guarantees. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faults, resetFaults } from './support/faults.ts';
import { deliver, get, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { closeAll, loseLive, openLive, sleepLive } from './support/live-client.ts';

useKeptQueue();
afterEach(closeAll);

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

const line = { product: 'chai', quantity: 1, unitCents: 100, discountBp: 0 };

async function order(id: string, customer: string, country = 'DE'): Promise<void> {
  await send(`order/${id}`, 'PlaceOrder', { customer, country, lines: [line] });
  await deliver(keptMessages());
}

describe('B2 a subscription is sent the result, then its changes', () => {
  test('a list, in its order', async () => {
    await product('chai');
    const client = await openLive();
    client.subscribe('p', 'products', { input: { sort: '-onHand' } });
    await client.next('snapshot', 'p');
    await product('tofu');
    await client.until(() => client.keys('p').includes('tofu'));
    await receive('tofu', 5);
    await client.until(() => JSON.stringify(client.rows('p')).includes('"onHand":5'));
    expect(client.rows('p')).toEqual(await queried('products?sort=-onHand'));
    expect(new Set(client.types('p').slice(1))).toEqual(new Set(['change']));
  });

  test('rows come into a filter, and leave it', async () => {
    await product('low');
    const client = await openLive();
    client.subscribe('p', 'products', { input: { 'name.in': 'low,none', limit: '5' } });
    await client.next('snapshot');
    expect(client.keys('p')).toEqual(['low']);
    const orders = await openLive();
    orders.subscribe('o', 'orders', { input: { status: 'placed', customer: 'filtered' } });
    await orders.next('snapshot');
    await order('f-1', 'filtered');
    await orders.until(() => orders.keys('o').includes('f-1'));
    await send('order/f-1', 'ConfirmOrder');
    await deliver(keptMessages());
    await orders.until(() => orders.keys('o').length === 0);
  });

  test('one row by its key, whether it is there or not', async () => {
    const client = await openLive();
    client.subscribe('one', 'products', { key: ['single, one'] });
    client.subscribe('day', 'sales-by-day', { key: ['2026-01-02', 'DE'] });
    await client.until(() => client.types().length === 2);
    expect(client.rows('one')).toEqual([]);
    const single = await openLive();
    single.subscribe('one', 'products', { key: ['single'] });
    await single.next('snapshot');
    await product('single');
    await single.until(() => single.keys('one').includes('single'));
    expect(single.rows('one')).toMatchObject([{ product: 'single', onHand: 0 }]);
  });

  test('a named query, equal rows and all', async () => {
    const client = await openLive();
    client.subscribe('mine', 'orders-of-customer', { input: { customer: 'named' } });
    await client.next('snapshot');
    await order('n-1', 'named');
    await order('n-2', 'named');
    await client.until(() => client.rows('mine').length === 2);
    expect(client.rows('mine')).toEqual(await queried('orders-of-customer?customer=named'));
  });

  test('many subscriptions of one socket, each ended on its own; a known id starts again', async () => {
    const client = await openLive();
    client.subscribe('a', 'products', { input: { name: 'many' } });
    client.subscribe('b', 'products', { input: { name: 'many' } });
    await client.until(() => client.types().length === 2);
    client.send({ type: 'unsubscribe', id: 'a' });
    await product('many');
    await client.until(() => client.keys('b').includes('many'));
    expect(client.keys('a')).toEqual([]);
    client.subscribe('b', 'products', { input: { name: 'nothing of that name' } });
    await client.until(() => client.keys('b').length === 0);
    expect(client.types('b')).toEqual(['snapshot', 'change', 'snapshot']);
  });
});

describe('B3 a client that reconnects with the last seq', () => {
  const input = { 'product.prefix': 'back' };

  test('is sent the changes that were missed, and no snapshot', async () => {
    await product('back-1');
    const first = await openLive();
    const other = await openLive();
    for (const client of [first, other]) client.subscribe('p', 'products', { input });
    await first.until(() => first.keys('p').length === 1);
    await other.until(() => other.keys('p').length === 1);
    first.close();
    await product('back-2');
    await other.until(() => other.keys('p').length === 2);
    await product('back-3');
    await other.until(() => other.keys('p').length === 3);

    const again = await openLive();
    again.goOnWith(first);
    again.subscribe('p', 'products', { input, since: first.seq('p') });
    await again.next('current', 'p');
    expect(again.types()).toEqual(['change', 'change', 'current']);
    expect(again.rows('p')).toEqual(await queried('products?product.prefix=back'));
  });

  test('is sent `current` when nothing was missed, also without other followers meanwhile', async () => {
    const first = await openLive();
    first.subscribe('p', 'products', { input });
    await first.next('snapshot');
    const since = first.seq('p');
    first.close();
    const again = await openLive();
    again.subscribe('p', 'products', { input, since });
    expect(await again.next('current')).toMatchObject({ seq: since });
  });

  test('is sent the changes of a time without followers', async () => {
    const first = await openLive();
    first.subscribe('p', 'products', { input });
    await first.next('snapshot');
    first.close();
    await product('back-4');
    const again = await openLive();
    again.goOnWith(first);
    again.subscribe('p', 'products', { input, since: first.seq('p') });
    await again.next('current');
    expect(again.types()).toEqual(['change', 'current']);
    expect(again.rows('p')).toEqual(await queried('products?product.prefix=back'));
  });

  test('is sent a snapshot where that is not known: too old, of the future, of another life', async () => {
    const witness = await openLive();
    witness.subscribe('p', 'products', { input });
    await witness.next('snapshot');
    const [incarnation] = witness.seq('p').split('.');
    const strange = [
      `${incarnation}.999`,
      `${incarnation}.-1`,
      `${incarnation}.0e0`,
      'x.1',
      '.',
      '',
    ];
    for (const since of strange) {
      const client = await openLive();
      client.subscribe('p', 'products', { input, since });
      await client.next('snapshot');
      expect(client.types()).toEqual(['snapshot']);
    }
  });
});

describe('B4 nothing falls between the first rows and the first change', () => {
  /** The first trip of an object without memory writes the watch, the second one reads the rows. */
  beforeEach(async () => {
    await loseLive();
    await rowsOf('DELETE FROM watch');
  });

  /** Runs `work` just before the `trip`th call of D1, without counting its own calls. */
  function beforeTrip(trip: number, work: () => Promise<void>): void {
    let trips = 0;
    faults.beforeTrip = async () => {
      trips++;
      if (trips !== trip) return;
      faults.beforeTrip = () => undefined;
      await work();
    };
  }

  test.each([
    ['before the watch is written', 1],
    ['between the watch and the rows', 2],
  ])('rows committed %s', async (_when, trip) => {
    const id = `between-${trip}`;
    const client = await openLive();
    beforeTrip(trip, () => product(id));
    client.subscribe('p', 'products', { input: { name: id } });
    await client.until(() => client.keys('p').includes(id));
  });

  test('rows planned before the watch and committed after it', async () => {
    const client = await openLive();
    faults.beforeBatch = async () => {
      faults.beforeBatch = () => undefined;
      client.subscribe('p', 'products', { input: { name: 'planned' } });
      await client.next('snapshot');
    };
    await product('planned');
    await client.until(() => client.keys('p').includes('planned'));
    expect(client.types()).toEqual(['snapshot', 'change']);
  });

  test('rows committed while the result is being read', async () => {
    const client = await openLive();
    beforeTrip(2, async () => {
      faults.afterTrip = () => {
        faults.afterTrip = () => undefined;
        return product('underway');
      };
    });
    client.subscribe('p', 'products', { input: { name: 'underway' } });
    await client.until(() => client.keys('p').includes('underway'));
    expect(client.types()).toEqual(['snapshot', 'change']);
  });
});

describe('B6 the object sleeps, and its sockets stay', () => {
  const input = { 'name.prefix': 'sleep' };

  test('what changes then is sent to them', async () => {
    const client = await openLive();
    client.subscribe('p', 'products', { input });
    await client.next('snapshot');
    for (const id of ['sleep-1', 'sleep-2']) {
      await sleepLive();
      await product(id);
      await client.until(() => client.keys('p').includes(id));
    }
    expect(client.rows('p')).toEqual(await queried('products?name.prefix=sleep'));
  });

  test('a client that has the rows is only sent their `seq`', async () => {
    const client = await openLive();
    client.subscribe('p', 'products', { input });
    await client.next('snapshot');
    await sleepLive();
    client.subscribe('other', 'customers');
    await client.next('current', 'p');
    expect(client.types('p')).toEqual(['snapshot', 'current']);
    await product('sleep-3');
    await client.until(() => client.keys('p').includes('sleep-3'));
    expect(client.types('p').at(-1)).toBe('change');
  });

  test('an ended subscription stays ended', async () => {
    const client = await openLive();
    client.subscribe('p', 'products', { input });
    client.subscribe('q', 'products', { input });
    await client.until(() => client.types().length === 2);
    client.send({ type: 'unsubscribe', id: 'p' });
    client.subscribe('c', 'customers');
    await client.next('snapshot', 'c');
    await sleepLive();
    await product('sleep-4');
    await client.until(() => client.keys('q').includes('sleep-4'));
    expect(client.types('p')).toEqual(['snapshot']);
  });

  test('a ping is answered, and does not wake it', async () => {
    const client = await openLive();
    client.subscribe('p', 'products', { input });
    await client.next('snapshot');
    await sleepLive();
    const frames = client.frames.length;
    client.sendRaw('ping');
    await client.until(() => client.pongs === 1);
    expect(client.frames).toHaveLength(frames);
  });

  test('when it loses them they reconnect and are sent the result again', async () => {
    const client = await openLive();
    client.subscribe('p', 'products', { input });
    await client.next('snapshot');
    await loseLive();
    await client.until(() => client.closed !== undefined);
    await product('sleep-5');
    const again = await openLive();
    again.subscribe('p', 'products', { input, since: client.seq('p') });
    await again.next('snapshot');
    expect(again.rows('p')).toEqual(await queried('products?name.prefix=sleep'));
  });
});

describe('B9 a token', () => {
  test('is confirmed when the rows include it, while the queue does not deliver', async () => {
    const client = await openLive();
    client.subscribe('p', 'products', { input: { name: 'token' } });
    await client.next('snapshot');
    const { body } = await send('product/token', 'RegisterProduct', {
      name: 'token',
      priceCents: 1,
    });
    client.subscribe('p', 'products', {
      input: { name: 'token' },
      since: client.seq('p'),
      consistentWith: [body.token],
    });
    expect(await client.next('consistent')).toEqual({
      type: 'consistent',
      id: 'p',
      token: 'product/token@1',
    });
    expect(client.keysWhenConsistent).toEqual(['token']);
  });

  test('that cannot be reached is refused, and the subscription continues', async () => {
    const client = await openLive();
    client.subscribe('p', 'products', {
      input: { name: 'beyond' },
      consistentWith: ['product/token@99', 'nonsense'],
    });
    await client.until(() => client.types().length === 3);
    expect(client.frames.filter(({ type }) => type === 'error')).toMatchObject([
      { id: 'p', token: expect.any(String), problem: { status: 400 } },
      { id: 'p', token: expect.any(String), problem: { status: 400 } },
    ]);
    await product('beyond');
    await client.until(() => client.keys('p').includes('beyond'));
  });
});

describe('B12 while the read model cannot be read', () => {
  test('each is notified once; then it continues as before', async () => {
    const client = await openLive();
    client.subscribe('p', 'products', { input: { name: 'trouble' } });
    await client.next('snapshot');
    await send('product/trouble', 'RegisterProduct', { name: 'trouble', priceCents: 1 });
    const messages = keptMessages();
    await deliver(messages);
    await client.until(() => client.keys('p').includes('trouble'));

    faults.beforeTrip = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    const newcomer = await openLive();
    newcomer.subscribe('q', 'customers');
    expect(await newcomer.next('error', 'q')).toMatchObject({
      problem: { type: '/problems/unavailable', status: 503 },
    });
    resetFaults();
    faults.queue = 'kept';
    await newcomer.next('snapshot', 'q');
    expect(newcomer.types()).toEqual(['error', 'snapshot']);
  });
});

test('B7 a watch is written once, and removed after the last subscription', async () => {
  await loseLive();
  const watched = () =>
    rowsOf("SELECT tenant, projection, shard FROM watch WHERE projection = 'products'");
  await product('nobody');
  await expect.poll(watched).toEqual([]);
  const client = await openLive();
  client.subscribe('p', 'products', { input: { name: 'watched' } });
  client.subscribe('q', 'products', { input: { name: 'unwatched' } });
  await client.until(() => client.types().length === 2);
  expect(await watched()).toEqual([{ tenant: 'main', projection: 'products', shard: 0 }]);
  client.close();
  await product('gone');
  await product('gone-2');
  await expect.poll(watched).toEqual([]);
});
