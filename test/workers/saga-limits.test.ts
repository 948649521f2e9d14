/** Sagas at their limits on the real runtime: large data, undeliverable commands, events after the end. */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import type { SagaInstance } from '../../core/process/saga-instance.ts';
import { streamWithoutId } from '../../worker/runtime/written-line.ts';
import { faults } from './support/faults.ts';
import { keptMessages, objectOf, rowsOf, useKeptQueue } from './support/harness.ts';
import { mood } from './support/pressing.ts';
import {
  accepted,
  eventsOf,
  forget,
  ring,
  sagaOf,
  settle,
  shop,
  stateOf,
  typesOf,
} from './support/shop.ts';

useKeptQueue();

beforeEach(() => {
  mood.isBad = false;
});

const MINUTE_MS = 60_000;
const { get, post } = shop;

const pressingOf = (id: string) => stateOf<SagaInstance>(`pressing/${id}`);
const ask = (id: string, what: string) => accepted(`moody/${id}/Ask`, { what });
const takeNote = (id: string, note: string) => accepted(`voice/${id}/Note`, { note });
const viewOf = async (id: string) => (await get(`/v1/sagas/pressing/${id}`)).body;
const listed = (id: string) =>
  rowsOf<{ status: string; reason: string | null }>(
    'SELECT status, reason FROM sagas_v1 WHERE saga = ? AND id = ?',
    'pressing',
    id,
  );
/** Dead letters of streams with this prefix of the id. */
const parked = (id: string) =>
  rowsOf<{ generation: string; stream: string; error: string }>(
    "SELECT generation, stream, error FROM dead_letter WHERE status = 'parked' AND stream LIKE '%/' || ? || '%'",
    id,
  );

/** Later, and with the alarms that send what has no outcome yet. */
async function passMinutes(minutes: number, ...streams: string[]): Promise<void> {
  faults.clockSkewMs += minutes * MINUTE_MS;
  for (const stream of streams) await ring(stream);
  await settle();
}

test('Y15 an order of 500 lines with the longest ids is started, and compensated when it is cancelled', async () => {
  const long = (name: string) => name.padEnd(128, '-');
  const id = long('y15');
  const price = { unitCents: 500, discountBp: 0 };
  const lines = Array.from({ length: 500 }, (_, index) => ({
    product: long(`y15-${index}`),
    quantity: 1,
    ...price,
  }));
  await accepted(`order/${id}/PlaceOrder`, { customer: 'ann', country: 'Germany', lines });
  const placed = keptMessages();
  // Nothing is in stock: with the first message alone the commands are on their way.
  await accepted(`order/${id}/CancelOrder`, { reason: 'changed my mind' });
  await shop.deliver(placed);
  await settle();
  expect(await sagaOf(id)).toMatchObject({ status: 'compensated', open: { size: 0 } });
  const events = await eventsOf(`fulfilment/${id}`);
  expect(events.map(({ type }) => type)).toContain('Continued');
  for (const { type, ...event } of events) {
    const { data } = event as unknown as { data: object };
    expect(JSON.stringify(data).length, type).toBeLessThan(150_000);
  }
  expect(await parked(id)).toEqual([]);
  expect(await rowsOf("SELECT status FROM sagas_v1 WHERE saga = 'fulfilment'")).toEqual([
    { status: 'compensated' },
  ]);
}, 120_000);

describe('Y16 events before the start', () => {
  test('are kept whole, up to the largest event', async () => {
    const note = 'n'.repeat(1_048_500);
    await takeNote('early.note', note);
    await settle();
    expect(await pressingOf('early')).toMatchObject({ status: 'waiting', kept: [{ version: 1 }] });
    await forget('pressing/early');
    await ask('early', 'work');
    await settle();
    const { status, state } = await pressingOf('early');
    expect({ status, state }).toEqual({ status: 'completed', state: { notes: note } });
    expect(await parked('early')).toEqual([]);
  });

  test('are refused visibly beyond a limit, and the start is still accepted', async () => {
    for (let index = 0; index < 3; index++)
      await takeNote(`many.m-${index}`, 'n'.repeat(1_000_000));
    await settle();
    expect(await pressingOf('many')).toMatchObject({ kept: [{}] });
    const refused = await parked('many');
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({
      generation: 'pressing.routing@1',
      error: expect.stringContaining('too-many-early-events'),
    });
    await ask('many', 'work');
    await settle();
    expect(await pressingOf('many')).toMatchObject({ status: 'completed', kept: [] });
  });
});

test('Y14 a saga with a state far beyond an event’s limit reaches its end', async () => {
  mood.isBad = true;
  await ask('large', 'work');
  await settle();
  const note = 'n'.repeat(250_000);
  for (let index = 0; index < 6; index++) {
    await takeNote(`large.${index}`, note);
    await settle();
  }
  await forget('pressing/large');
  mood.isBad = false;
  await passMinutes(1, 'pressing/large');
  const { status, state } = await pressingOf('large');
  expect(status).toBe('completed');
  expect(Object(state).notes).toHaveLength(1_500_000);
});

describe('Y17 a target whose code throws', () => {
  const operate = (id: string, operation: string) =>
    post(`/v1/sagas/pressing/${id}/${operation}`, { effect: 'press', reason: 'mended' });

  test('is retried for two minutes, and then needs attention with the reason', async () => {
    mood.isBad = true;
    await ask('throws', 'work');
    await settle();
    await passMinutes(1, 'pressing/throws');
    expect(await viewOf('throws')).toMatchObject({ status: 'running' });
    expect(faults.log).toContainEqual(
      expect.objectContaining({
        ...{ operation: 'command', command: 'Do', error: 'Error' },
        at: expect.arrayContaining([expect.stringContaining('pressing.ts')]),
      }),
    );
    await passMinutes(2, 'pressing/throws');
    const reason = 'Do failed in moody/target-throws: its code throws, and the log says where.';
    expect(await viewOf('throws')).toMatchObject({
      status: 'attention',
      open: [{ effect: 'press', awaits: 'attention', attempt: 1, reason }],
    });
    expect(await listed('throws')).toEqual([{ status: 'attention', reason }]);
    expect(await parked('throws')).toEqual([]);
  });

  test('is retried by an operator, under the same key, and is executed once', async () => {
    mood.isBad = true;
    await ask('mended', 'work');
    await settle();
    await passMinutes(3, 'pressing/mended');
    expect((await operate('mended', 'retry')).body).toMatchObject({ status: 'running' });
    await settle();
    expect(await pressingOf('mended')).toMatchObject({ status: 'running' });
    await passMinutes(3, 'pressing/mended');
    expect(await viewOf('mended')).toMatchObject({ status: 'attention' });
    mood.isBad = false;
    expect((await operate('mended', 'retry')).status).toBe(200);
    await settle((messages) => [...messages, ...messages]);
    expect(await pressingOf('mended')).toMatchObject({ status: 'completed', open: { size: 0 } });
    expect(await eventsOf('moody/target-mended')).toMatchObject([
      { metadata: { commandId: 'ledge:saga/pressing/mended/press/1' } },
    ]);
    expect(await listed('mended')).toEqual([{ status: 'completed', reason: null }]);
  });

  test('is passed when an operator skips its command', async () => {
    mood.isBad = true;
    await ask('skipped', 'work');
    await settle();
    await passMinutes(3, 'pressing/skipped');
    expect((await operate('skipped', 'skip')).body).toMatchObject({ status: 'completed' });
    await passMinutes(1, 'pressing/skipped');
    expect(await typesOf('moody/target-skipped')).toEqual([]);
  });
});

test.each([
  ['an impossible id', 'Do for moody/ann@example.org is invalid: id: An id is 1 to 128'],
  [
    'an unknown aggregate',
    'Do for nowhere/target-y19-1 is unknown: There is no aggregate nowhere.',
  ],
  [
    'an unknown command',
    'Dream for moody/target-y19-2 is unknown: There is no moody command Dream',
  ],
  ['invalid data', 'Do for moody/target-y19-3 is invalid: /note: Invalid input'],
  ['too much', 'Do for moody/target-y19-4 is too-large: The event Done may take at most 1048576'],
])('Y19 a command of %s needs attention at once, with the rule', async (what, reason) => {
  const index = ['an impossible id', 'an unknown aggregate', 'an unknown command', 'invalid data'];
  const id = `y19-${index.includes(what) ? index.indexOf(what) : 4}`;
  await ask(id, what);
  await settle();
  const view = await viewOf(id);
  expect(view).toMatchObject({ status: 'attention', open: [{ attempt: 1 }] });
  expect(Object(view.open)[0].reason).toContain(reason);
  expect(await listed(id)).toMatchObject([{ status: 'attention' }]);
  expect(await parked(id)).toEqual([]);
});

describe('Y20 an event that no saga can take', () => {
  test('because no saga can have the id is parked at once, with the rule', async () => {
    await ask('y20-id', 'an impossible saga');
    await settle();
    expect(await parked('y20-id')).toContainEqual({
      generation: 'pressing.routing@1',
      stream: 'moody/y20-id',
      error: expect.stringContaining('An id is 1 to 128 of the characters'),
    });
  });

  test('because of its reaction is parked at once, and others continue', async () => {
    await ask('y20-huge', 'too much by far');
    await ask('y20-other', 'work');
    await settle();
    expect(await parked('y20-huge')).toContainEqual({
      generation: 'pressing.routing@1',
      stream: 'moody/y20-huge',
      error: expect.stringContaining(
        'Receive of pressing is too-large: The event Continued may take at most',
      ),
    });
    expect(await pressingOf('y20-other')).toMatchObject({ status: 'completed' });
  });
});

test('Y18 what would start a saga after its end starts nothing, and is counted and logged', async () => {
  await ask('again', 'work');
  await settle();
  expect(await viewOf('again')).toMatchObject({ status: 'completed', startsAfterEnd: 0 });
  await ask('again', 'work');
  await takeNote('again', 'not a start');
  await settle((messages) => [...messages, ...messages]);
  expect(await viewOf('again')).toMatchObject({ status: 'completed', startsAfterEnd: 1 });
  expect(await typesOf('moody/target-again')).toEqual(['Done']);
  expect(faults.log.filter(({ operation }) => operation === 'saga-start-after-end')).toEqual([
    expect.objectContaining({
      stream: streamWithoutId('pressing/again'),
      source: streamWithoutId('moody/again'),
    }),
  ]);
  await runDurableObjectAlarm(objectOf('pressing/again'));
});
