/** What commands, events, sagas and live changes cost, by the platform's counters. Row writes are most of the bill. */
import { listDurableObjectIds, runDurableObjectAlarm } from 'cloudflare:test';
import { expect, test } from 'vitest';
import {
  batch,
  followed,
  hundred,
  lone,
  pending,
  repeated,
  saga,
  wide,
} from '../../bench/bill/counted.ts';
import type { LiveNotification } from '../../core/live/watch.ts';
import { billOf } from './support/bill.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import {
  deliver,
  env,
  fetchWorker,
  get,
  keptMessages,
  objectOf,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';
import { accepted, eventsOf, place, ring, sagaOf, settle, shop, stock } from './support/shop.ts';

useKeptQueue();

const keyed = (key: string) => ({ 'idempotency-key': key });

/** A product whose first event is projected and confirmed: nothing is pending, no alarm is armed. */
async function settledProduct(id: string): Promise<void> {
  await send(`product/${id}`, 'RegisterProduct', { name: id, priceCents: 100 }, keyed('register'));
  await deliver(keptMessages());
  await runDurableObjectAlarm(objectOf(`product/${id}`));
}

function receive(id: string, key: string) {
  return send(`product/${id}`, 'ReceiveStock', { quantity: 5 }, keyed(key));
}

/** A hundred commands, each in a request of its own, and none of them delivered. */
function receiveHundred(id: string) {
  return Promise.all(
    Array.from({ length: hundred.commands }, (_, index) => receive(id, `receive-${index}`)),
  );
}

async function databaseRowsOf(
  messages: readonly string[],
  to: (messages: readonly string[]) => Promise<unknown> = deliver,
): Promise<number> {
  faults.rowsWritten = 0;
  await to(messages);
  return faults.rowsWritten;
}

test('X13 without failures no health object is called, and none is created', async () => {
  await settledProduct('healthy');
  expect(await listDurableObjectIds(env.HEALTH)).toEqual([]);
});

test('C1 a lone one-event command writes 3 rows in its object, and 1 when it is confirmed', async () => {
  await settledProduct('lone');
  const bill = await billOf('product/lone');
  await receive('lone', 'receive');
  expect(bill.read().rowsWritten).toBe(lone.objectRows);

  const messages = keptMessages();
  expect(messages).toHaveLength(lone.messages);
  await deliver(messages);
  bill.reset();
  await runDurableObjectAlarm(objectOf('product/lone'));
  expect(bill.read().rowsWritten).toBe(lone.confirmationRows);
});

test('C11 of a lone command D1 gets the two trips of its consumer, and none of its alarm', async () => {
  await settledProduct('lonely');
  expect(await tripsOf(() => receive('lonely', 'receive'))).toBe(0);
  expect(await tripsOf(() => deliver(keptMessages()))).toBe(lone.consumerTrips);
  expect(await tripsOf(() => runDurableObjectAlarm(objectOf('product/lonely')))).toBe(
    lone.alarmTrips,
  );
});

test('C11 a hundred commands to as many aggregates get the same two trips, and a confirmation each', async () => {
  const ids = Array.from({ length: wide.commands }, (_, index) => `wide-${index}`);
  await Promise.all(ids.map((id) => settledProduct(id)));
  await Promise.all(ids.map((id) => receive(id, 'receive')));
  const messages = keptMessages();
  expect(messages).toHaveLength(wide.commands);
  faults.rowsWritten = 0;
  expect(await tripsOf(() => deliver(messages))).toBe(lone.consumerTrips);
  expect(faults.rowsWritten).toBe(wide.databaseRows);
  const alarms = () =>
    Promise.all(ids.map((id) => runDurableObjectAlarm(objectOf(`product/${id}`))));
  expect(await tripsOf(alarms)).toBe(lone.alarmTrips);
});

test('C2 the next command while one is unconfirmed writes 2 rows: the alarm is armed already', async () => {
  await settledProduct('busy');
  await receive('busy', 'first');
  const bill = await billOf('product/busy');
  await receive('busy', 'second');
  expect(bill.read().rowsWritten).toBe(pending.objectRows);
});

test('C3 a repeated command writes nothing, and sends nothing', async () => {
  await settledProduct('repeated');
  const bill = await billOf('product/repeated');
  const answer = await send(
    'product/repeated',
    'RegisterProduct',
    { name: 'repeated', priceCents: 100 },
    keyed('register'),
  );
  expect(answer.body.replayed).toBe(true);
  expect(bill.read().rowsWritten).toBe(repeated.objectRows);
  expect(keptMessages()).toHaveLength(repeated.messages);
});

test('C4 a one-event command writes 2 rows in D1 in addition to the projections’ own', async () => {
  await settledProduct('projected');
  await receive('projected', 'receive');
  expect(await databaseRowsOf(keptMessages())).toBe(lone.journalRows + lone.readModelRows);
});

test('C5 a hundred events on one row write that row, the checkpoint and a page of the journal once', async () => {
  await settledProduct('hot');
  await receiveHundred('hot');
  expect(await databaseRowsOf(keptMessages())).toBe(hundred.databaseRows);
});

test('C7 a batch of a hundred commands writes 2 rows for each in its object, arms one alarm and sends one message', async () => {
  await settledProduct('batch');
  const bill = await billOf('product/batch');
  const address = { aggregate: 'product', id: 'batch', command: 'ReceiveStock' };
  const lines = Array.from({ length: batch.commands }, (_, index) =>
    JSON.stringify({ ...address, data: { quantity: 1 }, idempotencyKey: `line-${index}` }),
  );
  const headers = { 'content-type': 'application/x-ndjson' };
  const init = { method: 'POST', headers, body: lines.join('\n') };
  const answers = await (await fetchWorker('/v1/commands', init)).text();
  expect(answers.match(/"outcome":"accepted"/g)).toHaveLength(batch.commands);
  expect(bill.read().rowsWritten).toBe(batch.objectRows);
  const messages = keptMessages();
  expect(messages).toHaveLength(batch.messages);
  expect(await databaseRowsOf(messages)).toBe(batch.databaseRows);
});

test('C8 an order that a saga sees paid and shipped writes 59 rows in objects and 60 in D1, and sends 20 messages', async () => {
  await stockFor('first');
  await shop.buildAll('sagas'); // the list of sagas is new to a journal that other tests have filled
  await fulfil('first');
  const products = await stockFor('next');
  const parts = ['order', 'fulfilment', 'payment', 'shipment'].map((name) => `${name}/next`);
  const objects = [...parts, ...products];
  const bills = await Promise.all(objects.map(billOf));
  faults.rowsWritten = 0;
  expect(await fulfil('next')).toBe(saga.messages);
  for (const object of objects) await ring(object);

  expect(await sagaOf('next')).toMatchObject({ status: 'completed' });
  expect(keptMessages()).toEqual([]);
  expect(objects).toHaveLength(saga.objects);
  expect(sum(bills.map((bill) => bill.read().rowsWritten))).toBe(saga.objectRows);
  expect(faults.rowsWritten).toBe(saga.databaseRows);
  const logs = await Promise.all(objects.map(eventsOf));
  const before = 2 * products.length;
  expect(logs.flat().length - before).toBe(saga.events);
});

/** Two products that are registered, received and confirmed: nothing of them is pending. */
async function stockFor(order: string): Promise<string[]> {
  const products = [`${order}-chai`, `${order}-chang`];
  for (const product of products) await stock(product, 1);
  await settle();
  const streams = products.map((product) => `product/${product}`);
  for (const stream of streams) await ring(stream);
  return streams;
}

/** From the order to the end of its saga; answers how many messages it took. */
async function fulfil(order: string): Promise<number> {
  await place(order, `${order}-chai`, `${order}-chang`);
  const waiting = await settleOneByOne();
  await accepted(`payment/${order}/CapturePayment`);
  return waiting + (await settleOneByOne());
}

test('C10 a query with a token takes two trips to D1 where the read model is at it, and three where it is not', async () => {
  await settledProduct('read');
  const read = (version: number) =>
    get('/v1/queries/products/read', { 'consistent-with': `product/read@${version}` });
  expect(await tripsOf(() => read(1))).toBe(2);
  await receive('read', 'receive');
  expect(await tripsOf(() => read(2))).toBe(3);
});

async function tripsOf(work: () => Promise<unknown>): Promise<number> {
  let trips = 0;
  faults.beforeTrip = () => {
    trips++;
  };
  await work();
  faults.beforeTrip = () => undefined;
  return trips;
}

test('C9 a batch that changes followed rows notifies their Live object once, and writes no additional row', async () => {
  await settledProduct('followed');
  const calls: (readonly LiveNotification[])[] = [];
  const at = deployment(testApp, { notified: (watches) => calls.push(watches) });
  await at.post('/v1/commands/product/followed/ReceiveStock', { quantity: 1 });
  await at.deliver(keptMessages()); // its deployment looks at what serves, once
  await rowsOf("INSERT INTO watch VALUES ('main', 'products', 0, 'by hand', NULL)");
  await receiveHundred('followed');
  const rows = await databaseRowsOf(keptMessages(), at.deliver);
  await rowsOf('DELETE FROM watch');
  expect(calls).toHaveLength(followed.calls);
  expect(rows).toBe(hundred.databaseRows + followed.databaseRows);
});

/** What a batch holds is chance, and rows are written once a batch: so each message comes alone. */
async function settleOneByOne(): Promise<number> {
  let delivered = 0;
  for (let messages = keptMessages(); messages.length > 0; messages = keptMessages()) {
    for (const message of messages) await shop.deliver([message]);
    delivered += messages.length;
  }
  return delivered;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
