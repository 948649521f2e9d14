/** The documentation's ledger in real objects: the alarm closes a month, the reactor opens the next one. */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeAll, expect, test } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { carryForward } from '../../docs/samples/closing-the-books/carry-forward.ts';
import { stockPeriods } from '../../docs/samples/closing-the-books/periods.ts';
import { billOf } from './support/bill.ts';
import { deployment } from './support/deployment.ts';
import { wholeApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import {
  aggregateOf,
  evict,
  keptMessages,
  objectOf,
  rowsOf,
  useKeptQueue,
} from './support/harness.ts';

useKeptQueue();

const { get, post, deliver } = deployment(
  defineApp({ ...wholeApp, projections: [stockPeriods], reactors: [carryForward], sagas: [] }),
);

beforeAll(async () => {
  await rowsOf(`CREATE TABLE periods_v1 (tenant TEXT NOT NULL, id TEXT NOT NULL, product TEXT NOT NULL,
    period TEXT NOT NULL, on_hand INTEGER NOT NULL, status TEXT NOT NULL, PRIMARY KEY (tenant, id)) WITHOUT ROWID`);
});

async function settled(): Promise<void> {
  for (let all = keptMessages(); all.length > 0; all = keptMessages()) {
    expect(await deliver(all)).toBe(0);
  }
}

const command = (id: string, name: string, data: object = {}) =>
  post(`/v1/commands/stock/${id}/${name}`, data);

async function accepted(id: string, name: string, data?: object): Promise<void> {
  expect(await command(id, name, data)).toMatchObject({ status: 200 });
}

const YEAR_MS = 366 * 86_400_000;

test('CB3 the alarm closes a period, the next one opens with its balance, and the sum of all is kept', async () => {
  const period = new Date().toISOString().slice(0, 7);
  const first = `chai.${period}`;
  await accepted(first, 'OpenPeriod', { product: 'chai', period, onHand: 10 });
  await accepted(first, 'ReceiveStock', { quantity: 5 });
  await accepted(first, 'ShipStock', { quantity: 8 });
  faults.clockSkewMs = YEAR_MS;
  await runDurableObjectAlarm(objectOf(`stock/${first}`));
  const { body } = await get(`/v1/aggregates/stock/${first}`);
  expect(body).toMatchObject({ ended: true, state: { onHand: 7, received: 5, shipped: 8 } });
  expect(await command(first, 'ReceiveStock', { quantity: 1 })).toMatchObject({
    status: 409,
    body: { reason: 'stream-ended' },
  });
  // Twice: what is delivered again opens nothing again.
  const messages = keptMessages();
  await deliver(messages);
  await deliver(messages);
  await settled();
  const [{ data }] = (await get(`/v1/streams/stock/${first}?direction=backwards&limit=1`)).body
    .events as [{ data: { next: string } }];
  const second = `chai.${data.next}`;
  expect((await get(`/v1/streams/stock/${second}`)).body).toMatchObject({
    events: [{ type: 'PeriodOpened', data: { onHand: 7 } }],
  });
  await accepted(second, 'ShipStock', { quantity: 7 });
  expect(await command(second, 'ShipStock', { quantity: 1 })).toMatchObject({ status: 409 });
  await settled();
  expect((await get('/v1/queries/stock-periods')).body.rows).toMatchObject([
    { id: first, onHand: 7, status: 'closed' },
    { id: second, onHand: 0, status: 'open' },
  ]);
});

test('CB4 a cold load reads the events of one period, however many came before', async () => {
  const loaded = async (id: string): Promise<number> => {
    await evict(`stock/${id}`);
    const bill = await billOf(`stock/${id}`);
    bill.reset();
    await aggregateOf(`stock/${id}`).currentState();
    return bill.read().rowsRead;
  };
  const january = { product: 'tea', period: '2090-01', onHand: 0 };
  await accepted('tea.2090-01', 'OpenPeriod', january);
  for (let many = 0; many < 50; many++)
    await accepted('tea.2090-01', 'ReceiveStock', { quantity: 1 });
  await accepted('tea.2090-01', 'ClosePeriod');
  await settled();
  const [long, next] = [await loaded('tea.2090-01'), await loaded('tea.2090-02')];
  expect(long - next).toBe(51);
});
