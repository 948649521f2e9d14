/** Loading, reading the past and simulation: cheap for any length, and without stored effects. */
import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { billOf } from './support/bill.ts';
import { faults } from './support/faults.ts';
import {
  evict,
  get,
  keptMessages,
  objectOf,
  request,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';

useKeptQueue();

const SNAPSHOT_EVERY = 100;

async function work(id: string, events: number, atOnce = 1_000): Promise<void> {
  for (let done = 0; done < events; done += atOnce) {
    const data = { events: Math.min(atOnce, events - done), noteLength: 1 };
    await send(`troublesome/${id}`, 'WorkMuch', data);
  }
  keptMessages();
}

/** Rows that the first read after an eviction costs. */
async function coldRowsRead(id: string): Promise<number> {
  await evict(`troublesome/${id}`);
  // The counter is in place before anything of the stream is loaded.
  const bill = await billOf(`troublesome/${id}`);
  const { body } = await get(`/v1/aggregates/troublesome/${id}`);
  expect(body).toMatchObject({ state: { worked: body.version } });
  return bill.read().rowsRead;
}

function inStorage<Result>(id: string, look: (sql: SqlStorage) => Result): Promise<Result> {
  return runInDurableObject(objectOf(`troublesome/${id}`), (_object, { storage }) =>
    look(storage.sql),
  );
}

describe('S1 snapshots', () => {
  test('make a cold load of a long stream read a snapshot and a short tail', async () => {
    await work('long', 100_000);
    const overhead = 10;
    expect(await coldRowsRead('long')).toBeLessThanOrEqual(SNAPSHOT_EVERY + overhead);
  }, 60_000);

  test('of another state version, or that cannot be read, are ignored and replaced', async () => {
    for (const [id, spoil] of [
      ['outdated', 'UPDATE snapshot SET state_version = 1, state = \'{"worked":-1}\''],
      ['newer', 'UPDATE snapshot SET state_version = 3, state = \'{"worked":-1}\''],
      ['corrupt', 'UPDATE snapshot SET state = \'{"worked":\''],
    ] as const) {
      await work(id, 250);
      await inStorage(id, (sql) => void sql.exec(spoil));
      expect(await coldRowsRead(id)).toBeGreaterThanOrEqual(250);
      await send(`troublesome/${id}`, 'Work');
      expect(await coldRowsRead(id)).toBeLessThanOrEqual(SNAPSHOT_EVERY);
    }
  });

  test('cost one row per interval of events, and none without a policy', async () => {
    await work('sparse', 199, 100);
    const bill = await billOf('troublesome/sparse');
    await send('troublesome/sparse', 'Work');
    const eventAndSnapshot = 2;
    expect(bill.read().rowsWritten).toBe(eventAndSnapshot);
    bill.reset();
    await send('troublesome/sparse', 'Work');
    expect(bill.read().rowsWritten).toBe(1);
    await send('product/plain', 'RegisterProduct', { name: 'x', priceCents: 1 });
    const tables = await runInDurableObject(objectOf('product/plain'), (_object, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'snapshot'").toArray(),
    );
    expect(tables).toEqual([]);
  });
});

describe('S2 the state at a moment of the past', () => {
  test('by version is the fold of so many events', async () => {
    await work('versions', 350);
    for (const version of [1, 99, 100, 101, 349, 350]) {
      const { body } = await get(`/v1/aggregates/troublesome/versions?version=${version}`);
      expect(body).toMatchObject({ version, state: { worked: version } });
    }
    const answer = await get('/v1/aggregates/troublesome/versions?version=351');
    expect(answer).toMatchObject({ status: 400, body: { type: '/problems/invalid' } });
  });

  test('by version reads a snapshot and a short tail', async () => {
    await work('past-cost', 10_000, 50);
    await evict('troublesome/past-cost');
    const bill = await billOf('troublesome/past-cost');
    await get('/v1/aggregates/troublesome/past-cost?version=9950');
    // The tail is read twice: its sizes, then its events.
    expect(bill.read().rowsRead).toBeLessThanOrEqual(2 * SNAPSHOT_EVERY + 10);
  });

  test('by time of recording is the state known then, found without reading the stream', async () => {
    const hourMs = 3_600_000;
    for (let hour = 0; hour < 8; hour++) {
      faults.clockSkewMs = hour * hourMs;
      await send('troublesome/recorded', 'Work');
    }
    const { body } = await get('/v1/streams/troublesome/recorded');
    const events: { recordedAt: string }[] = Array.isArray(body.events) ? body.events : [];
    for (const [index, { recordedAt }] of events.entries()) {
      const path = `/v1/aggregates/troublesome/recorded?at=${recordedAt}`;
      expect((await get(path)).body).toMatchObject({ version: index + 1 });
      const justBefore = new Date(Date.parse(recordedAt) - 1).toISOString();
      const before = await get(`/v1/aggregates/troublesome/recorded?at=${justBefore}`);
      if (index === 0) expect(before.status).toBe(404);
      else expect(before.body).toMatchObject({ version: index });
    }
  });

  test('by time in the world counts what had happened, whenever it was recorded', async () => {
    for (const day of ['03', '01', '02']) {
      await send('troublesome/occurred', 'Work', {}, { 'occurred-at': `2020-01-${day}T00:00:00Z` });
    }
    const worked = async (day: string) => {
      const path = `/v1/aggregates/troublesome/occurred?occurredAt=2020-01-${day}T12:00:00Z`;
      return (await get(path)).body.state;
    };
    expect(await worked('01')).toEqual({ worked: 1 });
    expect(await worked('02')).toEqual({ worked: 2 });
    expect(await worked('03')).toEqual({ worked: 3 });
  });

  test.each(['version=0', 'version=x', 'at=yesterday', 'version=1&at=2020-01-01T00:00:00Z'])(
    'named as %s is refused',
    async (moment) => {
      await send('troublesome/moments', 'Work');
      expect((await get(`/v1/aggregates/troublesome/moments?${moment}`)).status).toBe(400);
    },
  );
});

test('S2 the past is the same however long its pages are', async () => {
  const notes = [1, 300_000, 1, 700_000, 900_000, 1, 1, 400_000, 400_000, 400_000];
  for (const noteLength of notes) {
    await send('keeper/pages', 'Keep', 'x'.repeat(Math.min(noteLength, 250_000)));
  }
  for (let version = 1; version <= notes.length; version++) {
    const { body } = await get(`/v1/aggregates/keeper/pages?version=${version}`);
    const { kept } = Object(body.state);
    expect(kept.map(({ length }: string) => length)).toEqual(
      notes.slice(0, version).map((length) => Math.min(length, 250_000)),
    );
  }
});

describe('S3 what if', () => {
  const whatIf = (address: string, steps: unknown[], from?: unknown) =>
    request(`/v1/simulate/${address}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ steps, ...(from !== undefined && { from }) }),
    });
  const reserve = (order: string, quantity: number) => ({
    command: 'ReserveStock',
    data: { order, quantity },
  });

  test('answers events, state and rejections step by step', async () => {
    await send('product/if', 'RegisterProduct', { name: 'x', priceCents: 1 });
    await send('product/if', 'ReceiveStock', { quantity: 5 });
    const { body } = await whatIf('product/if', [
      reserve('o-1', 4),
      reserve('o-2', 4),
      { event: { type: 'StockReceived', data: { quantity: 10 } } },
      reserve('o-2', 4),
    ]);
    expect(body).toMatchObject({
      stream: 'product/if',
      from: 2,
      steps: [
        { outcome: 'accepted', version: 3, events: [{ type: 'StockReserved' }] },
        { outcome: 'rejected', version: 3, reason: 'out-of-stock', details: { available: 1 } },
        { outcome: 'assumed', version: 4 },
        { outcome: 'accepted', version: 5, state: { onHand: 15, reserved: 8 } },
      ],
    });
  });

  test('starts in the past on request', async () => {
    await send('product/then', 'RegisterProduct', { name: 'x', priceCents: 1 });
    await send('product/then', 'ReceiveStock', { quantity: 5 });
    const { body } = await whatIf('product/then', [reserve('o-1', 4)], { version: 1 });
    expect(body).toMatchObject({
      from: 1,
      steps: [{ outcome: 'rejected', reason: 'out-of-stock' }],
    });
  });

  test('writes nothing: no row, no table, no message', async () => {
    await send('product/still', 'RegisterProduct', { name: 'x', priceCents: 1 });
    keptMessages();
    const bill = await billOf('product/still');
    const receive = { command: 'ReceiveStock', data: { quantity: 5 } };
    expect((await whatIf('product/still', [receive, receive])).status).toBe(200);
    expect(bill.read().rowsWritten).toBe(0);
    expect((await get('/v1/aggregates/product/still')).body).toMatchObject({ version: 1 });

    const register = { command: 'RegisterProduct', data: { name: 'x', priceCents: 1 } };
    expect((await whatIf('product/never', [register])).body).toMatchObject({ from: 0 });
    expect((await get('/v1/aggregates/product/never')).status).toBe(404);
    const tables = await runInDurableObject(objectOf('product/never'), (_object, { storage }) =>
      storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name IN ('event', 'command')")
        .toArray(),
    );
    expect(tables).toEqual([]);
    expect(keptMessages()).toEqual([]);
    expect(await rowsOf("SELECT * FROM journal WHERE stream = 'product/never'")).toEqual([]);
  });

  test.each([
    ['an unknown command', { command: 'Vanish', data: {} }, 404, ''],
    ['an unknown event', { event: { type: 'Vanished', data: {} } }, 404, ''],
    ['data that a command refuses', reserve('o-1', 0), 400, '/steps/0/data/quantity'],
    [
      'data that an event refuses',
      { event: { type: 'StockReceived', data: {} } },
      400,
      '/steps/0/event/data/quantity',
    ],
    ['something else', { other: 'x' }, 400, '/steps/0'],
  ] as const)('refuses %s', async (_name, step, status, at) => {
    const answer = await whatIf('product/refused', [step]);
    expect(answer.status).toBe(status);
    if (at) expect(answer.body).toMatchObject({ errors: [{ at }] });
  });
});
