/** The guarantees of the relay: with any failure of the queue every event arrives, and no command is affected. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import {
  CONFIRM_AFTER_MS,
  OVERDUE_AFTER_MS,
} from '../../durable-objects/aggregate/confirm-relay.ts';
import { streamWithoutId } from '../../worker/runtime/written-line.ts';
import { faults } from './support/faults.ts';
import {
  deliver,
  evict,
  get,
  keptMessages,
  objectOf,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';

useKeptQueue();

const chai = { name: 'Chai', priceCents: 1800 };

/** On a busy machine, too. */
const SOON = { timeout: 10_000 };

function alarmOf(stream: string): Promise<number | null> {
  return runInDurableObject(objectOf(stream), (_object, { storage }) => storage.getAlarm());
}

function fireAlarm(stream: string): Promise<boolean> {
  return runDurableObjectAlarm(objectOf(stream));
}

async function projectedVersion(stream: string): Promise<number> {
  const rows = await rowsOf<{ version: number }>(
    'SELECT version FROM checkpoint WHERE stream = ?',
    stream,
  );
  return rows[0]?.version ?? 0;
}

test('R1 the real queue delivers events to the read models by itself', async () => {
  faults.queue = 'real';
  await send('product/queued', 'RegisterProduct', chai);
  await vi.waitUntil(async () => (await projectedVersion('product/queued')) === 1, {
    timeout: 10_000,
  });
  expect((await get('/v1/queries/products/queued')).body).toMatchObject({ name: 'Chai' });
});

test.for(['fails', 'hangs'] as const)(
  'R2 a queue that %s does not touch a command',
  async (fault) => {
    faults.queue = fault;
    const stream = `product/queue-${fault}` as const;
    const startedMs = Date.now();
    expect((await send(stream, 'RegisterProduct', chai)).status).toBe(200);
    expect((await send(stream, 'ReceiveStock', { quantity: 1 })).status).toBe(200);
    expect(Date.now() - startedMs).toBeLessThan(OVERDUE_AFTER_MS / 2);
  },
);

test.for([
  ['was lost', 'kept', false],
  ['was refused', 'fails', false],
  ['was never sent, since the process died first', 'hangs', true],
] as const)('R3 a message that %s is sent again by the alarm', async ([_name, fault, dies]) => {
  const stream = `product/alarm-${fault}` as const;
  faults.queue = fault;
  await send(stream, 'RegisterProduct', chai);
  if (dies) await abortAllDurableObjects();
  keptMessages();

  faults.queue = 'kept';
  faults.clockSkewMs = OVERDUE_AFTER_MS + 1;
  expect(await alarmOf(stream)).not.toBeNull();
  await fireAlarm(stream);
  const reminders = keptMessages();
  expect(reminders).toHaveLength(1);
  await deliver(reminders);
  expect(await projectedVersion(stream)).toBe(1);
  expect((await get(`/v1/queries/products/${stream.slice(8)}`)).body).toMatchObject({
    name: 'Chai',
  });
});

test('R4 once D1 has everything the alarm rests', async () => {
  await send('product/rests', 'RegisterProduct', chai);
  expect(await alarmOf('product/rests')).not.toBeNull();
  await deliver(keptMessages());
  await fireAlarm('product/rests');
  expect(await alarmOf('product/rests')).toBeNull();
  expect(keptMessages()).toEqual([]);
  expect(await fireAlarm('product/rests')).toBe(false);
});

test('R4 while D1 is behind the alarm repeats, with growing delays', async () => {
  await send('product/comes-back', 'RegisterProduct', chai);
  const waits: number[] = [];
  for (const waitedMs of [CONFIRM_AFTER_MS, 100_000, 1_000_000]) {
    faults.clockSkewMs = waitedMs;
    const firedMs = Date.now() + waitedMs;
    await fireAlarm('product/comes-back');
    waits.push(((await alarmOf('product/comes-back')) ?? 0) - firedMs);
  }
  expect(waits[0]).toBeGreaterThanOrEqual(CONFIRM_AFTER_MS);
  expect(waits[1]).toBeGreaterThanOrEqual(100_000);
  expect(waits[2]).toBeGreaterThanOrEqual(1_000_000);
});

test('R4 an event that has only just been recorded is not sent twice', async () => {
  await send('product/young', 'RegisterProduct', chai);
  keptMessages();
  await fireAlarm('product/young');
  expect(keptMessages()).toEqual([]);
  expect(await alarmOf('product/young')).not.toBeNull();
});

test('R5 an alarm that cannot reach the queue or D1 arms itself again', async () => {
  await send('product/d1-away', 'RegisterProduct', chai);
  faults.clockSkewMs = OVERDUE_AFTER_MS + 1;
  faults.queue = 'fails';
  await fireAlarm('product/d1-away');
  expect(await alarmOf('product/d1-away')).not.toBeNull();
  expect(faults.log).toMatchObject([
    { operation: 'alarm', stream: streamWithoutId('product/d1-away') },
    { operation: 'incident', stream: streamWithoutId('product/d1-away') },
  ]);
});

test('R6 a lost alarm is set again by the first call after the object woke', async () => {
  await send('product/lost-alarm', 'RegisterProduct', chai);
  await runInDurableObject(objectOf('product/lost-alarm'), (_object, { storage }) =>
    storage.deleteAlarm(),
  );
  await evict('product/lost-alarm');
  await get('/v1/aggregates/product/lost-alarm');
  await vi.waitUntil(async () => (await alarmOf('product/lost-alarm')) !== null, SOON);
});

test('R7 events that do not fit into a message are read from the object', async () => {
  await send('troublesome/big', 'WorkMuch', { events: 3, noteLength: 60_000 });
  const [message, ...others] = keptMessages();
  expect(others).toEqual([]);
  expect(JSON.parse(message ?? '')).toEqual({
    tenant: 'main',
    stream: 'troublesome/big',
    version: 3,
    events: [],
  });
  await deliver([message ?? '']);
  expect(
    await rowsOf('SELECT version FROM journal WHERE stream = ?', 'troublesome/big'),
  ).toHaveLength(3);
});

test('R8 events committed while a message is under way leave together in the next one', async () => {
  await send('product/gathers', 'RegisterProduct', chai);
  keptMessages();
  await Promise.all(
    Array.from({ length: 20 }, () => send('product/gathers', 'ReceiveStock', { quantity: 1 })),
  );
  const carried = keptMessages().flatMap((message) => JSON.parse(message).events);
  expect(carried.map(({ version }: { version: number }) => version)).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 2),
  );
});

test('R9 a crash between a send and its confirmation sends twice, and takes effect once', async () => {
  const stream = 'product/dies-after-send';
  faults.queue = 'unanswered';
  await send(stream, 'RegisterProduct', chai);
  await send(stream, 'ReceiveStock', { quantity: 5 });
  await abortAllDurableObjects();
  const sent = keptMessages();

  faults.clockSkewMs = OVERDUE_AFTER_MS + 1;
  const dying = fireAlarm(stream).catch(() => undefined);
  await vi.waitUntil(() => faults.messages.length === 1, SOON);
  await abortAllDurableObjects();
  await dying;
  const sentAgain = keptMessages();

  faults.queue = 'kept';
  // The alarm that died is used up here; the platform would have fired it again. The next call sets it.
  await get(`/v1/aggregates/${stream}`);
  await vi.waitUntil(async () => (await alarmOf(stream)) !== null, SOON);
  await fireAlarm(stream);
  const messages = [...sent, ...sentAgain, ...keptMessages()];
  expect(messages).toHaveLength(3);
  expect((await deliver([...messages, ...messages])).retried).toEqual([]);
  expect((await get('/v1/queries/products/dies-after-send')).body).toMatchObject({ onHand: 5 });
  const journal = await rowsOf('SELECT version FROM journal WHERE stream = ?', stream);
  expect(journal).toHaveLength(2);

  await fireAlarm(stream);
  expect(await alarmOf(stream)).toBeNull();
  expect(keptMessages()).toEqual([]);
});

test('R10 a duplicate four days later is acknowledged, without stored state for it', async () => {
  await send('product/late', 'RegisterProduct', chai);
  const old = keptMessages();
  await deliver(old);
  await send('product/late', 'ReceiveStock', { quantity: 5 });
  await deliver(keptMessages());
  await fireAlarm('product/late');

  faults.clockSkewMs = 4 * 24 * 3_600_000;
  faults.rowsWritten = 0;
  for (let time = 0; time < 10; time++) expect((await deliver(old)).acked).toHaveLength(1);
  expect(faults.rowsWritten).toBe(0);
  expect((await get('/v1/queries/products/late')).body).toMatchObject({ onHand: 5 });
  expect(await projectedVersion('product/late')).toBe(2);
  expect(await alarmOf('product/late')).toBeNull();
});
