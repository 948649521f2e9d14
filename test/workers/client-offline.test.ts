/** Commands that wait for the network, against the real Worker. */
import { describe, expect, test, vi } from 'vitest';
import { type CommandStorage, createClient, type OfflineOptions } from '../../client/index.ts';
import { annsCart } from '../controls/carts.ts';
import type { testApp } from './support/entry.ts';
import { CLIENT_URL, type Way, wayWith } from './support/faulty-fetch.ts';
import { get, useKeptQueue } from './support/harness.ts';

useKeptQueue();

function clientOver(way: Way, offline: OfflineOptions = {}) {
  const retry = { attemptsMax: 1 };
  return createClient<typeof testApp>({ url: CLIENT_URL, fetch: way.fetch, retry, offline });
}

let ids = 0;
const fresh = () => `u15-${++ids}`;

async function typesOf(stream: string): Promise<unknown[]> {
  const { body } = await get(`/v1/streams/${stream}`);
  return [body.events].flat().map((event) => Object(event).type);
}

function memoryStorage(): CommandStorage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, text) => items.set(name, text),
    removeItem: (name) => items.delete(name),
  };
}

/** Nothing comes through, ever. */
const noWay = (): Way => ({ ...wayWith(), fetch: () => Promise.reject(new Error('offline')) });

const placedAndConfirmed = ['OrderPlaced', 'OrderConfirmed', 'OrderShipped'];

describe('U15 offline, commands wait, and those of a stream are sent in their order', () => {
  test('when the network comes and goes', async () => {
    const id = fresh();
    const order = clientOver(wayWith('lost', 'answer-lost', 'none', 'lost')).order(id);
    const outcomes = await Promise.all([
      order.placeOrder(annsCart),
      order.confirmOrder(),
      order.markShipped(),
    ]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(await typesOf(`order/${id}`)).toEqual(placedAndConfirmed);
  });

  test('a rejected or invalid command does not delay the others', async () => {
    const id = fresh();
    const order = clientOver(wayWith()).order(id);
    const [rejected, invalid, accepted] = await Promise.allSettled([
      order.confirmOrder(),
      order.placeOrder({ ...annsCart, lines: [] }),
      order.placeOrder(annsCart),
    ]);
    expect(rejected).toMatchObject({ value: { outcome: 'rejected', reason: 'not-placed' } });
    expect(invalid).toMatchObject({ reason: { problem: { kind: 'invalid' } } });
    expect(accepted).toMatchObject({ value: { outcome: 'accepted', version: 1 } });
  });

  test('what a page left is sent by the next one, once, however many there are', async () => {
    const id = fresh();
    const storage = memoryStorage();
    const left = clientOver(noWay(), { storage }).order(id);
    void left.placeOrder(annsCart).catch(() => undefined);
    void left.confirmOrder().catch(() => undefined);
    void left.markShipped().catch(() => undefined);
    expect(storage.length).toBe(3);

    const became: string[] = [];
    const onLeftover: OfflineOptions['onLeftover'] = ({ command }, result) => {
      became.push(`${command} ${'outcome' in result ? result.outcome : result.message}`);
    };
    clientOver(wayWith('answer-lost'), { storage, onLeftover });
    clientOver(wayWith(), { storage, onLeftover });
    await vi.waitUntil(() => became.length === 6, { timeout: 10_000 });
    expect(new Set(became)).toEqual(
      new Set(['PlaceOrder accepted', 'ConfirmOrder accepted', 'MarkShipped accepted']),
    );
    expect(await typesOf(`order/${id}`)).toEqual(placedAndConfirmed);
    expect(storage.length).toBe(0);
  });

  test('an aborted command is not sent', async () => {
    const id = fresh();
    const way = wayWith('lost');
    const abort = new AbortController();
    const storage = memoryStorage();
    const order = clientOver(way, { storage }).order(id);
    const placing = order.placeOrder(annsCart, abort);
    await vi.waitUntil(() => way.sent.length === 1, { timeout: 10_000 });
    abort.abort(new Error('changed my mind'));
    await expect(placing).rejects.toThrow('changed my mind');
    expect(storage.length).toBe(0);
    expect((await order.confirmOrder()).outcome).toBe('rejected');
    expect(way.sent).toHaveLength(2);
  });
});
