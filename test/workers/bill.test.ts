/** What a command costs in rows, by the platform's counters. Row writes are most of the bill. */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { billOf } from './support/bill.ts';
import { faults } from './support/faults.ts';
import { deliver, keptMessages, objectOf, send, useKeptQueue } from './support/harness.ts';

useKeptQueue();

const keyed = (key: string) => ({ 'idempotency-key': key });

/** A product whose first event is projected and confirmed: nothing is pending, no alarm is armed. */
async function settledProduct(id: string): Promise<void> {
  await send(`product/${id}`, 'RegisterProduct', { name: id, priceCents: 100 }, keyed('register'));
  await deliver(keptMessages());
  await runDurableObjectAlarm(objectOf(`product/${id}`));
}

test('C1 a lone one-event command writes 3 rows in its object, and 1 when it is confirmed', async () => {
  await settledProduct('lone');
  const bill = await billOf('product/lone');
  await send('product/lone', 'ReceiveStock', { quantity: 5 }, keyed('receive'));
  expect(bill.read().rowsWritten).toBe(3);

  const messages = keptMessages();
  expect(messages).toHaveLength(1);
  await deliver(messages);
  bill.reset();
  await runDurableObjectAlarm(objectOf('product/lone'));
  expect(bill.read().rowsWritten).toBe(1);
});

test('C2 the next command while one is unconfirmed writes 2 rows: the alarm is armed already', async () => {
  await settledProduct('busy');
  await send('product/busy', 'ReceiveStock', { quantity: 5 }, keyed('first'));
  const bill = await billOf('product/busy');
  await send('product/busy', 'ReceiveStock', { quantity: 5 }, keyed('second'));
  expect(bill.read().rowsWritten).toBe(2);
});

test('C3 a repeated command writes nothing', async () => {
  await settledProduct('repeated');
  const bill = await billOf('product/repeated');
  const answer = await send(
    'product/repeated',
    'RegisterProduct',
    { name: 'repeated', priceCents: 100 },
    keyed('register'),
  );
  expect(answer.body.replayed).toBe(true);
  expect(bill.read().rowsWritten).toBe(0);
});

test('C4 a one-event command writes 2 rows in D1 beside the projections’ own', async () => {
  await settledProduct('projected');
  await send('product/projected', 'ReceiveStock', { quantity: 5 }, keyed('receive'));
  faults.rowsWritten = 0;
  await deliver(keptMessages());
  const journalAndCheckpoint = 2;
  const productsRow = 1;
  expect(faults.rowsWritten).toBe(journalAndCheckpoint + productsRow);
});

test('C5 a hundred events on one row write that row and the checkpoint once', async () => {
  await settledProduct('hot');
  await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      send('product/hot', 'ReceiveStock', { quantity: 1 }, keyed(`receive-${index}`)),
    ),
  );
  faults.rowsWritten = 0;
  await deliver(keptMessages());
  const journalRows = 100;
  expect(faults.rowsWritten).toBe(journalRows + 2);
});
