/**
 * Ten thousand aggregates, and no table that anybody has to read through for one of them. Most are here as what the
 * projector gets of them: the local runtime spends 4 ms and 0.2 MB on an object, even on one without a line of code.
 */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { expect, test } from 'vitest';
import type { RelayMessage } from '../../core/protocol/relay-message.ts';
import { billOf } from './support/bill.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import {
  deliver,
  get,
  keptMessages,
  objectOf,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';

useKeptQueue();

const AGGREGATES = 10_000;
const MEASURED = 100;
const BATCH = 100;

interface Rows {
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

function rowsInD1(): Rows {
  const { rowsRead, rowsWritten } = faults;
  Object.assign(faults, { rowsRead: 0, rowsWritten: 0 });
  return { rowsRead, rowsWritten };
}

/** The objects of the many streams do not exist, so their confirmations fail at once. */
const consumer = deployment(testApp, { unreachable: (name) => name.includes('/many-') });

type Costs = Readonly<Record<string, Rows>>;

/** A new aggregate's first command, all the way to where it is read. */
async function costsOfOpening(id: string): Promise<Costs> {
  const stream = `product/${id}` as const;
  const bill = await billOf(stream);
  rowsInD1();
  await send(stream, 'RegisterProduct', { name: id, priceCents: 1 }, { 'idempotency-key': 'open' });
  const command = bill.read();
  await deliver(keptMessages());
  const projection = rowsInD1();
  bill.reset();
  await runDurableObjectAlarm(objectOf(stream));
  const [confirmation, confirmationInD1] = [bill.read(), rowsInD1()];
  await get(`/v1/queries/products/${id}`, { 'consistent-with': `${stream}@1` });
  const token = rowsInD1();
  await get('/v1/streams/product?limit=10');
  return { command, projection, confirmation, confirmationInD1, token, streams: rowsInD1() };
}

async function openSome(prefix: string): Promise<Costs[]> {
  const costs: Costs[] = [];
  for (let index = 0; index < MEASURED; index++) {
    costs.push(await costsOfOpening(`${prefix}-${index}`));
  }
  return costs;
}

/** What the object of such an aggregate would have sent. */
function firstMessage(index: number): string {
  const stream = `product/many-${String(index).padStart(5, '0')}`;
  const now = new Date().toISOString();
  const id = crypto.randomUUID();
  const metadata = { actor: 'a', commandId: id, causationId: id, correlationId: id };
  const data = { name: stream, priceCents: 1 };
  const event = { id, tenant: 'main', stream, version: 1, type: 'ProductRegistered' };
  const stored = { ...event, schemaVersion: 1, data, recordedAt: now, occurredAt: now, metadata };
  return JSON.stringify({
    tenant: 'main',
    stream,
    version: 1,
    events: [stored],
  } satisfies RelayMessage);
}

test('C6 the ten-thousandth aggregate costs what the first did', { timeout: 60_000 }, async () => {
  // So that there is a page of them, and a row behind every one: a range is read up to there.
  for (let index = 0; index < 10; index++) await costsOfOpening(`zz-${index}`);
  const first = await openSome('first');
  expect(first[0]?.confirmationInD1).toEqual({ rowsRead: 0, rowsWritten: 0 });
  for (let from = 0; from < AGGREGATES; from += BATCH) {
    const messages = Array.from({ length: BATCH }, (_, index) => firstMessage(from + index));
    expect(await consumer.deliver(messages)).toBe(0);
  }
  const [rows] = await rowsOf<{ n: number }>('SELECT count(*) AS n FROM products_v1');
  expect(rows?.n).toBeGreaterThan(AGGREGATES);
  expect(await openSome('last')).toEqual(first);
  expect(new Set(first.map((costs) => JSON.stringify(costs))).size).toBe(1);
});
