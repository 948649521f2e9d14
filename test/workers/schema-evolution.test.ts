/** Events that were stored in an older schema version, byte for byte as they were, read on every path. */
import { runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { recordedEvent } from '../../core/app.ts';
import { streamWithoutId } from '../../worker/runtime/written-line.ts';
import v1 from '../controls/order-placed-v1.json' with { type: 'json' };
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import {
  deliver,
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

/** An order whose first event an older release wrote. */
async function oldOrder(id: string, event: { type: string; schemaVersion: number; data: string }) {
  const lines = [{ product: 'any', quantity: 1, unitCents: 1, discountBp: 0 }];
  await send(`order/${id}`, 'PlaceOrder', { customer: 'any', country: 'any', lines });
  await runInDurableObject(objectOf(`order/${id}`), (_object, { storage }) => {
    const { type, schemaVersion, data } = event;
    storage.sql.exec('DROP TRIGGER event_is_never_changed');
    storage.sql.exec(
      'UPDATE event SET type = ?, schema_version = ?, data = ?',
      type,
      schemaVersion,
      data,
    );
  });
  await evict(`order/${id}`);
  keptMessages();
}

const byPhone = { ...JSON.parse(v1.data), channel: 'phone' };

test('E2 an old event is folded into the state, and the aggregate continues', async () => {
  await oldOrder('folded', v1);
  const { body } = await get('/v1/aggregates/order/folded');
  expect(body).toMatchObject({ state: { status: 'placed', customer: 'MILLS', netCents: 14_315 } });
  expect((await send('order/folded', 'ConfirmOrder')).body).toMatchObject({ version: 2 });
});

test('E2 the stream shows it in the newest schema version, and its bytes stay as they were', async () => {
  await oldOrder('shown', v1);
  const { body } = await get('/v1/streams/order/shown');
  expect(body.events).toMatchObject([{ schemaVersion: 2, data: byPhone }]);
  const stored = await runInDurableObject(objectOf('order/shown'), (_object, { storage }) =>
    storage.sql.exec('SELECT schema_version, data FROM event').toArray(),
  );
  expect(stored).toEqual([{ schema_version: 1, data: v1.data }]);
});

test('E2 projections get it upcast, the journal keeps it as it was', async () => {
  await oldOrder('projected', v1);
  await deliver([
    JSON.stringify({ tenant: 'main', stream: 'order/projected', version: 1, events: [] }),
  ]);
  expect((await get('/v1/queries/orders/projected')).body).toMatchObject({ customer: 'MILLS' });
  const [row] = await rowsOf<{ schema_version: number; data: string }>(
    "SELECT schema_version, data FROM journal WHERE stream = 'order/projected'",
  );
  expect(row?.schema_version).toBe(1);
  expect(JSON.parse(row?.data ?? '')).toEqual(JSON.parse(v1.data));
});

test('E2 asking what if starts from it', async () => {
  await oldOrder('what-if', v1);
  const { body } = await request('/v1/simulate/order/what-if', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ steps: [{ command: 'ConfirmOrder', data: {} }] }),
  });
  expect(body).toMatchObject({ from: 1, steps: [{ outcome: 'accepted', version: 2 }] });
});

test('E3 an event that the code does not know fails its own stream, loudly, and no other', async () => {
  await oldOrder('newer', { ...v1, schemaVersion: 3 });
  await oldOrder('vanished', { ...v1, type: 'OrderVanished' });
  await send('order/healthy', 'PlaceOrder', {
    customer: 'MILLS',
    country: 'Ireland',
    lines: [{ product: 'any', quantity: 1, unitCents: 1, discountBp: 0 }],
  });
  for (const id of ['newer', 'vanished']) {
    expect((await get(`/v1/aggregates/order/${id}`)).status).toBe(500);
    expect((await send(`order/${id}`, 'ConfirmOrder')).status).toBe(500);
  }
  const messages = ['newer', 'vanished', 'healthy'].map((id) =>
    JSON.stringify({ tenant: 'main', stream: `order/${id}`, version: 1, events: [] }),
  );
  const { acked, retried } = await deliver(messages);
  expect([acked.length, retried.length]).toEqual([1, 2]);
  const streams = faults.log.filter(({ operation }) => operation === 'wait');
  expect(streams.map(({ stream }) => stream)).toEqual(
    ['order/newer', 'order/vanished'].map(streamWithoutId),
  );
});

test('E2 handlers are handed the newest schema version', () => {
  const stored: StoredEvent = {
    ...v1,
    id: 'e-1',
    tenant: 'main',
    stream: 'order/old',
    version: 1,
    data: JSON.parse(v1.data),
    recordedAt: '2025-01-01T00:00:00.000Z',
    occurredAt: '2025-01-01T00:00:00.000Z',
    metadata: { actor: 'a', commandId: 'c', causationId: 'c', correlationId: 'c' },
  };
  expect(recordedEvent(testApp, stored)).toMatchObject({ schemaVersion: 2, data: byPhone });
});
