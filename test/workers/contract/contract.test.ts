/** One suite for every event store: the object, the server, and the model that the others are compared with. */
import { beforeAll, describe, expect, test } from 'vitest';
import { faults } from '../support/faults.ts';
import { useKeptQueue } from '../support/harness.ts';
import type { ContractCommand, EventStore } from './event-store.ts';
import { MemoryStore } from './memory-store.ts';
import { httpStore, objectStore } from './real-stores.ts';

useKeptQueue();

const stores: [string, EventStore][] = [
  ['memory', new MemoryStore()],
  ['object', objectStore],
  ['http', httpStore],
];

describe.for(stores)('the %s store', ([name, store]) => {
  const stream = (id: string): ContractCommand['stream'] => `product/${name}-${id}`;
  const register = (id: string, more: Partial<ContractCommand> = {}) =>
    store.execute({
      stream: stream(id),
      name: 'RegisterProduct',
      data: { name: 'x', priceCents: 1 },
      ...more,
    });
  const receive = (id: string, quantity: number, more: Partial<ContractCommand> = {}) =>
    store.execute({ stream: stream(id), name: 'ReceiveStock', data: { quantity }, ...more });

  describe('case 8: expecting a version', () => {
    test.for([
      ['any', undefined, 'new', 'accepted'],
      ['none', 0, 'new', 'accepted'],
      ['exists', 1, 'new', 'conflict'],
      ['exact', 7, 'new', 'conflict'],
      ['any', undefined, 'existing', 'accepted'],
      ['none', 0, 'existing', 'conflict'],
      ['exists', 1, 'existing', 'accepted'],
      ['exact', 7, 'existing', 'conflict'],
    ] as const)('%s (%s) of a stream that is %s: %s', async ([expected, version, age, outcome]) => {
      const id = `expects-${expected}-${age}`;
      if (age === 'existing') await register(id);
      const more = version === undefined ? {} : { expectedVersion: version };
      const answer = await (age === 'new' ? register(id, more) : receive(id, 1, more));
      expect(answer).toMatchObject({ outcome });
      if (outcome === 'conflict') {
        expect(answer).toMatchObject({ expected: version, actual: age === 'new' ? 0 : 1 });
      }
    });
  });

  test('appends at the end, and reads the appended events', async () => {
    await register('reads');
    const answer = await receive('reads', 3);
    expect(answer).toMatchObject({
      outcome: 'accepted',
      version: 2,
      token: `${stream('reads')}@2`,
    });
    const events = await store.events(stream('reads'));
    expect(events).toMatchObject([
      { version: 1, type: 'ProductRegistered' },
      { version: 2, type: 'StockReceived', data: { quantity: 3 } },
    ]);
    expect(await store.state(stream('reads'))).toMatchObject({ version: 2, state: { onHand: 3 } });
  });

  test('a stream that does not exist is at version 0 and has no events', async () => {
    expect(await store.events(stream('nothing'))).toEqual([]);
    expect(await store.state(stream('nothing'))).toMatchObject({ version: 0 });
  });

  test('case 1: a repeated key repeats the outcome', async () => {
    const key = { idempotencyKey: 'k' };
    const first = await register('repeats', key);
    await receive('repeats', 1);
    expect(await register('repeats', key)).toEqual({ ...first, replayed: true });
    expect((await store.state(stream('repeats'))).version).toBe(2);
  });

  test('case 3: a key cannot be used for another command', async () => {
    await register('reuses');
    await receive('reuses', 1, { idempotencyKey: 'k' });
    expect(await receive('reuses', 2, { idempotencyKey: 'k' })).toMatchObject({
      outcome: 'key-reused',
    });
  });

  test('case 4: the same key on another stream is another command', async () => {
    const key = { idempotencyKey: 'same' };
    expect(await register('one', key)).not.toHaveProperty('replayed');
    expect(await register('other', key)).not.toHaveProperty('replayed');
  });

  test('a key of a command with a version conflict is free for the next attempt', async () => {
    await register('tries');
    const key = { idempotencyKey: 'k' };
    expect(await receive('tries', 1, { ...key, expectedVersion: 9 })).toMatchObject({
      outcome: 'conflict',
    });
    expect(await receive('tries', 1, { ...key, expectedVersion: 1 })).toMatchObject({ version: 2 });
  });

  describe('case 29: pages', () => {
    const versions = async (page: Parameters<EventStore['events']>[1]) => {
      const events = await store.events(stream('paged'), page);
      return events.map(({ version }) => version);
    };
    beforeAll(async () => {
      faults.queue = 'kept';
      await register('paged');
      for (let quantity = 1; quantity <= 9; quantity++) await receive('paged', quantity);
    });

    test('forwards', async () => {
      expect(await versions({ limit: 3 })).toEqual([1, 2, 3]);
      expect(await versions({ after: 3, limit: 3 })).toEqual([4, 5, 6]);
      expect(await versions({ after: 9, limit: 3 })).toEqual([10]);
      expect(await versions({ after: 10 })).toEqual([]);
      expect(await versions({ after: 999 })).toEqual([]);
    });

    test('backwards', async () => {
      expect(await versions({ direction: 'backwards', limit: 3 })).toEqual([10, 9, 8]);
      expect(await versions({ direction: 'backwards', after: 8, limit: 3 })).toEqual([7, 6, 5]);
      expect(await versions({ direction: 'backwards', after: 1 })).toEqual([]);
      expect(await versions({ direction: 'backwards', after: 999, limit: 1 })).toEqual([10]);
    });

    test('to the end', async () => {
      expect(await versions({ limit: 10 })).toHaveLength(10);
      expect(await versions({ limit: 1_000 })).toHaveLength(10);
    });
  });
});
