/** Which changes re-read a followed query: a row by its key its own alone, lists and named queries any. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LiveNotification } from '../../core/live/watch.ts';
import { BETWEEN_RUNS_MS } from '../../durable-objects/live/group.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { closeAll, loseLive, openLive, sleepLive } from './support/live-client.ts';

useKeptQueue();
beforeEach(loseLive);
afterEach(closeAll);

const { LIVE: objects }: LedgeEnv = env;
const sent: LiveNotification[] = [];
const shop = deployment(testApp, { notified: (all) => sent.push(...all) });

/** Applies what was sent, and returns the notifications instead of delivering them. */
async function notifications(): Promise<LiveNotification[]> {
  sent.length = 0;
  expect(await shop.deliver(keptMessages())).toBe(0);
  return [...sent];
}

async function register(...ids: string[]): Promise<void> {
  for (const id of ids) {
    await send(`product/${id}`, 'RegisterProduct', { name: id, priceCents: 1 });
  }
  await notifications();
}

async function change(...ids: string[]): Promise<LiveNotification[]> {
  for (const id of ids) await send(`product/${id}`, 'ReceiveStock', { quantity: 1 });
  return notifications();
}

/** The round trips and rows that D1 counts while the object handles notifications. */
async function readsAfter(all: readonly LiveNotification[]) {
  let trips = 0;
  faults.beforeTrip = () => void trips++;
  faults.rowsRead = 0;
  await objects.getByName('main/0').changed(all);
  await new Promise((resolve) => setTimeout(resolve, 3 * BETWEEN_RUNS_MS));
  faults.beforeTrip = () => undefined;
  return { trips, rowsRead: faults.rowsRead };
}

const nothing = { trips: 0, rowsRead: 0 };

/** A client that follows one product by its key, on a watch that is known. */
async function follow(key: string) {
  const client = await openLive();
  client.subscribe('row', 'products', { key: [key] });
  await client.next('snapshot', 'row');
  await new Promise((resolve) => setTimeout(resolve, 2 * BETWEEN_RUNS_MS));
  return client;
}

describe('B21 a row that is followed by its key', () => {
  test('costs no read when other rows change, and one when it changes itself', async () => {
    await register('own', 'other');
    const client = await follow('own');
    expect(await readsAfter(await change('other', 'other'))).toEqual(nothing);
    expect(await readsAfter(await change('other', 'own', 'own'))).toMatchObject({ trips: 1 });
    expect(client.rows('row')).toMatchObject([{ onHand: 2 }]);
  });

  test('appears when its row is inserted', async () => {
    const client = await follow('late');
    await send('product/late', 'RegisterProduct', { name: 'late', priceCents: 1 });
    expect(await readsAfter(await notifications())).toMatchObject({ trips: 1 });
    expect(client.rows('row')).toHaveLength(1);
  });

  test('is read again after each notification that names no rows', async () => {
    await register('whole');
    const client = await follow('whole');
    await rowsOf("UPDATE products_v1 SET on_hand = 77 WHERE product = 'whole'");
    const [{ rows: _named, ...unnamed } = expect.unreachable()] = await change('whole');
    await readsAfter([unnamed]);
    expect(client.rows('row')).toMatchObject([{ onHand: 78 }]);
  });

  test('is read again by an object that has slept: its memory is lost, and which row it was', async () => {
    await register('slept', 'beside');
    const client = await follow('slept');
    await send('product/slept', 'ReceiveStock', { quantity: 5 });
    await notifications();
    await sleepLive();
    await objects.getByName('main/0').changed(await change('beside'));
    await client.until(() => JSON.stringify(client.rows('row')).includes('"onHand":5'));
  });

  test('is named by its table: a row of another projection has another name', async () => {
    await register('named');
    await follow('named');
    const [notified] = await change('named');
    expect(notified?.rows).toEqual(['["products_v1","named"]']);
  });
});

describe('B21 lists and named queries', () => {
  test('are read again, once, after a change of any row of their projection', async () => {
    await register('listed', 'unlisted');
    const client = await openLive();
    client.subscribe('l', 'products', { input: { product: 'listed' } });
    await client.next('snapshot', 'l');
    await new Promise((resolve) => setTimeout(resolve, 2 * BETWEEN_RUNS_MS));
    expect(await readsAfter(await change('unlisted'))).toMatchObject({ trips: 1 });
  });
});

describe('B23 a wave', () => {
  test('is one D1 batch for ten lists', async () => {
    await register('waved');
    const client = await openLive();
    for (let list = 0; list < 10; list++) {
      client.subscribe(`l-${list}`, 'products', {
        input: { product: 'waved', limit: `${list + 1}` },
      });
      await client.next('snapshot', `l-${list}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2 * BETWEEN_RUNS_MS));
    const read = await readsAfter(await change('waved'));
    expect(read.trips).toBe(1);
    expect(read.rowsRead).toBeLessThanOrEqual(10 * 6);
    for (let list = 0; list < 10; list++) {
      expect(client.rows(`l-${list}`)).toMatchObject([{ onHand: 1 }]);
    }
  });
});

describe('B25 the notification of a commit', () => {
  test('has its bookmark, and a read that begins with it has the commit', async () => {
    await register('marked');
    await follow('marked');
    const [notified = expect.unreachable()] = await change('marked');
    const session = env.DB.withSession(notified.bookmark ?? expect.unreachable());
    const sql = "SELECT on_hand FROM products_v1 WHERE product = 'marked'";
    expect(await session.prepare(sql).first()).toEqual({ on_hand: 1 });
  });
});

describe('B22 which rows a message changed', () => {
  test('is unknown when its events were committed before: every row is read again', async () => {
    await register('again');
    await follow('again');
    await send('product/again', 'ReceiveStock', { quantity: 1 });
    const messages = keptMessages();
    sent.length = 0;
    await shop.deliver(messages);
    expect(sent).toMatchObject([{ rows: ['["products_v1","again"]'] }]);
    sent.length = 0;
    await shop.deliver(messages);
    expect(sent).toMatchObject([{ projection: 'products' }]);
    expect(sent[0]).not.toHaveProperty('rows');
  });

  test('is unknown where another invocation has committed between two rounds', async () => {
    await register('raced');
    await follow('raced');
    await send('product/raced', 'ReceiveStock', { quantity: 1 });
    const messages = keptMessages();
    const other = deployment(testApp, { notified: () => undefined });
    await other.deliver([]);
    let isFirst = true;
    faults.beforeBatch = async () => {
      if (!isFirst) return;
      isFirst = false;
      await other.deliver(messages);
    };
    sent.length = 0;
    await shop.deliver(messages);
    faults.beforeBatch = () => undefined;
    expect(sent).toHaveLength(1);
    expect(sent[0]).not.toHaveProperty('rows');
  });
});
