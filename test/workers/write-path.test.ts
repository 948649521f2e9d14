/** The guarantees of the write path, warm and again with the object evicted between the steps. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { faults } from './support/faults.ts';
import { evict, fetchWorker, get, objectOf, send, useKeptQueue } from './support/harness.ts';

useKeptQueue();

const keyed = (key: string) => ({ 'idempotency-key': key });
const chai = { name: 'Chai', priceCents: 1800 };

async function tablesOf(stream: string): Promise<number> {
  return runInDurableObject(objectOf(stream), (_object, { storage }) => {
    const ours =
      "SELECT count(*) AS n FROM sqlite_master WHERE name IN ('event', 'command', 'object')";
    return Number(storage.sql.exec(ours).one().n);
  });
}

async function versionsOf(stream: string): Promise<number[]> {
  const { body } = await get(`/v1/streams/${stream}?limit=1000`);
  const events: { version: number }[] = Array.isArray(body.events) ? body.events : [];
  return events.map(({ version }) => version);
}

describe.for([
  ['warm', async (_stream: string): Promise<void> => undefined],
  ['cold', evict],
] as const)('%s', ([memory, between]) => {
  const id = (name: string) => `product/${memory}-${name}` as const;

  test('W1 accepted events are in the stream at the versions that were answered', async () => {
    const stream = id('dense');
    await send(stream, 'RegisterProduct', chai);
    for (const quantity of [1, 2, 3]) {
      await between(stream);
      const { body } = await send(stream, 'ReceiveStock', { quantity });
      expect(body).toMatchObject({ outcome: 'accepted', version: quantity + 1 });
    }
    await between(stream);
    expect(await versionsOf(stream)).toEqual([1, 2, 3, 4]);
    const { body } = await get(`/v1/aggregates/${stream}`);
    expect(body).toMatchObject({ version: 4, state: { status: 'registered', onHand: 6 } });
  });

  test('W2 the same key and command get the same outcome, and nothing more is stored', async () => {
    const stream = id('again');
    await send(stream, 'RegisterProduct', chai, keyed('register'));
    const first = await send(stream, 'ReceiveStock', { quantity: 4 }, keyed('receive'));
    await send(stream, 'ReceiveStock', { quantity: 1 });
    await between(stream);
    const second = await send(stream, 'ReceiveStock', { quantity: 4 }, keyed('receive'));
    expect(second.body).toEqual({ ...first.body, replayed: true });
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(await versionsOf(stream)).toEqual([1, 2, 3]);
  });

  test('W2 a rejection under a key is the same rejection again, even when it would pass now', async () => {
    const stream = id('rejected');
    await send(stream, 'RegisterProduct', chai);
    const wanted = { order: 'o-1', quantity: 5 };
    const first = await send(stream, 'ReserveStock', wanted, keyed('reserve'));
    expect(first).toMatchObject({ status: 409, body: { reason: 'out-of-stock' } });
    await send(stream, 'ReceiveStock', { quantity: 10 });
    await between(stream);
    const second = await send(stream, 'ReserveStock', wanted, keyed('reserve'));
    expect(second).toMatchObject({ status: 409, body: { reason: 'out-of-stock', version: 1 } });
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect((await send(stream, 'ReserveStock', wanted, keyed('again'))).status).toBe(200);
  });

  test('W2 a command that decided nothing is remembered too', async () => {
    const stream = id('nothing');
    await send(stream, 'RegisterProduct', chai);
    const first = await send(stream, 'RegisterProduct', chai, keyed('same'));
    expect(first.body).toMatchObject({ outcome: 'accepted', version: 1, events: [] });
    await between(stream);
    const second = await send(stream, 'RegisterProduct', chai, keyed('same'));
    expect(second.body).toEqual({ ...first.body, replayed: true });
  });

  test('W3 a key that is used for another command is refused, and nothing is stored', async () => {
    const stream = id('reused');
    await send(stream, 'RegisterProduct', chai, keyed('one'));
    await between(stream);
    const other = await send(stream, 'RegisterProduct', { ...chai, name: 'Chang' }, keyed('one'));
    expect(other).toMatchObject({ status: 422, body: { type: '/problems/key-reused' } });
    const otherCommand = await send(stream, 'ReceiveStock', { quantity: 1 }, keyed('one'));
    expect(otherCommand.status).toBe(422);
    expect(await versionsOf(stream)).toEqual([1]);
  });

  test('W3 the order of keys in the data does not make it another command', async () => {
    const stream = id('canonical');
    await send(stream, 'RegisterProduct', { name: 'Chai', priceCents: 1800 }, keyed('one'));
    await between(stream);
    const again = await send(
      stream,
      'RegisterProduct',
      { priceCents: 1800, name: 'Chai' },
      keyed('one'),
    );
    expect(again.body.replayed).toBe(true);
  });

  test.for([
    ['an exact version that fits', 'if-match', '"1"', 200],
    ['a weak tag that fits', 'if-match', 'W/"1"', 200],
    ['another version', 'if-match', '"7"', 412],
    ['no stream', 'if-none-match', '*', 412],
  ] as const)('W4 expecting %s', async ([expected, header, value, status]) => {
    const stream = id(`expects-${expected.replaceAll(' ', '-')}`);
    await send(stream, 'RegisterProduct', chai);
    await between(stream);
    const answer = await send(stream, 'ReceiveStock', { quantity: 1 }, { [header]: value });
    expect(answer.status).toBe(status);
    if (status === 412) expect(answer.body).toMatchObject({ actual: 1 });
    expect(await versionsOf(stream)).toHaveLength(status === 200 ? 2 : 1);
  });

  test('W8 reading and rejecting leave no table behind', async () => {
    const stream = id('unknown');
    expect((await get(`/v1/aggregates/${stream}`)).status).toBe(404);
    expect((await get(`/v1/streams/${stream}`)).body).toEqual({ stream, events: [] });
    expect((await send(stream, 'ReceiveStock', { quantity: 1 })).status).toBe(409);
    await between(stream);
    expect(
      (await send(stream, 'ReceiveStock', { quantity: 1 }, { 'if-match': '"3"' })).status,
    ).toBe(412);
    expect(await tablesOf(stream)).toBe(0);
  });

  test('W10 recorded times never go back in a stream', async () => {
    const stream = id('clock');
    await send(stream, 'RegisterProduct', chai);
    faults.clockSkewMs = -86_400_000;
    await between(stream);
    await send(stream, 'ReceiveStock', { quantity: 1 });
    const { body } = await get(`/v1/streams/${stream}`);
    const events: { recordedAt: string }[] = Array.isArray(body.events) ? body.events : [];
    expect(events[1]?.recordedAt).toBe(events[0]?.recordedAt);
  });
});

test('W4 expecting no stream fits a new one', async () => {
  const answer = await send('product/fresh', 'RegisterProduct', chai, { 'if-none-match': '*' });
  expect(answer.status).toBe(200);
});

test('W5 of two commands that expect the same version, one wins', async () => {
  await send('product/race', 'RegisterProduct', chai);
  const race = () => send('product/race', 'ReceiveStock', { quantity: 1 }, { 'if-match': '"1"' });
  const statuses = (await Promise.all([race(), race()])).map(({ status }) => status);
  expect(statuses.sort()).toEqual([200, 412]);
});

test('W2 fifty requests with one key append once and get the same answer', async () => {
  await send('product/stampede', 'RegisterProduct', chai);
  const receive = () => send('product/stampede', 'ReceiveStock', { quantity: 9 }, keyed('once'));
  const answers = await Promise.all(Array.from({ length: 50 }, receive));
  const withoutReplay = answers.map(({ body: { replayed: _replayed, ...body } }) => body);
  expect(new Set(withoutReplay.map((body) => JSON.stringify(body))).size).toBe(1);
  expect(answers.filter(({ body }) => body.replayed !== true)).toHaveLength(1);
  expect(await versionsOf('product/stampede')).toEqual([1, 2]);
});

test('W6 two hundred commands at once are executed one after the other', async () => {
  await send('product/crowd', 'RegisterProduct', chai);
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => send('product/crowd', 'ReceiveStock', { quantity: 1 })),
  );
  const answered = answers.map(({ body }) => Number(body.version)).sort((a, b) => a - b);
  const dense = Array.from({ length: 200 }, (_, index) => index + 2);
  expect(answered).toEqual(dense);
  expect(await versionsOf('product/crowd')).toEqual([1, ...dense]);
  expect((await get('/v1/aggregates/product/crowd')).body).toMatchObject({
    state: { onHand: 200 },
  });
});

test('W7 every event has its actor, time, cause and correlation id', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const { body } = await send('product/read', 'RegisterProduct', chai, {
    ...keyed('register'),
    traceparent: `00-${trace}-b7ad6b7169203331-01`,
    'occurred-at': '1996-07-04T02:00:00+02:00',
  });
  expect(body.events).toMatchObject([
    {
      tenant: 'main',
      stream: 'product/read',
      schemaVersion: 1,
      occurredAt: '1996-07-04T00:00:00.000Z',
      metadata: {
        actor: 'local-developer',
        commandId: 'register',
        causationId: 'register',
        correlationId: trace,
      },
    },
  ]);
});

describe('W9 a bug in the domain stores nothing', () => {
  test.for([
    ['decide throws', 'Throw'],
    ['decide accepts what the schema refuses', 'DecideWrongly'],
    ['evolve throws', 'BreakEvolve'],
  ] as const)('%s', async ([_bug, command]) => {
    const stream = `troublesome/${command}` as const;
    await send(stream, 'Work', {}, keyed('before'));
    const answer = await send(stream, command, {}, keyed('broken'));
    expect(answer).toMatchObject({ status: 500, body: { type: '/problems/failed' } });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    await evict(stream);
    expect(await versionsOf(stream)).toEqual([1]);
    expect((await send(stream, 'Work', {}, keyed('after'))).body.version).toBe(2);
  });

  test('and costs its neighbours in the same call nothing', async () => {
    const lines = ['Work', 'Throw', 'Work'].map((command) =>
      JSON.stringify({ aggregate: 'troublesome', id: 'batch', command, data: {} }),
    );
    const response = await fetchWorker('/v1/commands', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    const outcomes = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).outcome);
    expect(outcomes).toEqual(['accepted', 'failed', 'accepted']);
    expect(await versionsOf('troublesome/batch')).toEqual([1, 2]);
  });
});

describe('W17 outcomes of a stream without events', () => {
  const DAY_MS = 86_400_000;
  const reject = (stream: `${string}/${string}`, key: string) =>
    send(stream, 'ReceiveStock', { quantity: 1 }, keyed(key));
  const storageOf = (stream: string) =>
    runInDurableObject(objectOf(stream), async (_object, { storage }) => ({
      bytes: storage.sql.databaseSize,
      tables: storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name IN ('event', 'command')")
        .toArray().length,
      alarm: await storage.getAlarm(),
    }));
  const outcomesOf = (stream: string) =>
    runInDurableObject(objectOf(stream), (_object, { storage }) =>
      storage.sql.exec('SELECT key FROM command').toArray(),
    );

  test('are deleted a day later, with the storage and the alarm', async () => {
    await get('/v1/aggregates/product/never-asked');
    const untouched = await storageOf('product/never-asked');
    expect(await reject('product/never', 'k')).toMatchObject({ status: 409 });
    const repeated = await reject('product/never', 'k');
    expect(repeated).toMatchObject({ status: 409, body: { replayed: true } });
    const kept = await storageOf('product/never');
    expect(kept.bytes).toBeGreaterThan(untouched.bytes);
    expect(kept.alarm).toBeGreaterThan(Date.now() + DAY_MS - 60_000);

    await runDurableObjectAlarm(objectOf('product/never'));
    expect(await reject('product/never', 'k')).toMatchObject({ body: { replayed: true } });

    faults.clockSkewMs = DAY_MS + 1_000;
    await runDurableObjectAlarm(objectOf('product/never'));
    expect(await storageOf('product/never')).toEqual({ ...untouched, alarm: null });
    const again = await reject('product/never', 'k');
    expect(again.status).toBe(409);
    expect(again.body.replayed).toBeUndefined();
  });

  test('are kept a day after the last one, and deleted then, also if the object was evicted in between', async () => {
    await reject('product/slept', 'first');
    faults.clockSkewMs = DAY_MS - 60_000;
    await evict('product/slept');
    await reject('product/slept', 'last');
    faults.clockSkewMs = DAY_MS + 60_000;
    await evict('product/slept');
    await runDurableObjectAlarm(objectOf('product/slept'));
    expect(await reject('product/slept', 'first')).toMatchObject({ body: { replayed: true } });

    faults.clockSkewMs = 2 * DAY_MS;
    await evict('product/slept');
    await runDurableObjectAlarm(objectOf('product/slept'));
    expect(await storageOf('product/slept')).toMatchObject({ tables: 0, alarm: null });
    expect(await send('product/slept', 'RegisterProduct', chai)).toMatchObject({ status: 200 });
    expect(await versionsOf('product/slept')).toEqual([1]);
  });

  test('are a hundred at most; further ones are decided again', async () => {
    for (let index = 0; index < 105; index++) await reject('product/many', `k-${index}`);
    expect(await outcomesOf('product/many')).toHaveLength(100);
    expect((await reject('product/many', 'k-7')).body).toMatchObject({ replayed: true });
    expect((await reject('product/many', 'k-104')).body.replayed).toBeUndefined();
  });

  test('stays with the stream that begins', async () => {
    await reject('product/begins', 'k');
    await send('product/begins', 'RegisterProduct', chai);
    faults.clockSkewMs = 2 * DAY_MS;
    await runDurableObjectAlarm(objectOf('product/begins'));
    expect(await reject('product/begins', 'k')).toMatchObject({
      status: 409,
      body: { replayed: true },
    });
    expect(await versionsOf('product/begins')).toEqual([1]);
  });
});
