/** A stream of a million events without a snapshot: what it takes to read it, in the memory of the real runtime. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serveLedge } from './support/serve.ts';
import { canMeasureMemory, workerdMemory } from './support/workerd-memory.ts';

const EVENTS = 1_000_000;

/** Half of what an isolate has, and a fourth of what the events take as text. */
const OBJECT_MEBIBYTES_MAX = 64;

/** What an isolate has. Pages that are folded are garbage, which this runtime collects late. */
const WORKER_MEBIBYTES_MAX = 128;

/** The platform ends a call after so much CPU time. */
const CPU_MS_MAX = 30_000;

const OBJECT = { name: 'main/product/long' };
const LAST_BUT_TWO = EVENTS - 2;

/** A million commands would take minutes; the object's storage takes the same rows in seconds. */
const fill = (events: number) => `
  WITH RECURSIVE n(version) AS (VALUES (2) UNION ALL SELECT version + 1 FROM n WHERE version < ${events})
  INSERT INTO event (version, id, type, schema_version, data, recorded_at, occurred_at, actor, command_id, origin)
  SELECT n.version, 'event-' || n.version, 'StockReceived', 1, '{"quantity":1}', recorded_at, occurred_at, actor,
    command_id, origin
  FROM n, event WHERE event.version = 1`;

/** As if all of them had reached the read models: what that takes is another question. */
const confirm = (events: number) => `UPDATE object SET confirmed_version = ${events}`;

let ledge: Served;

beforeAll(async () => {
  ledge = await serveLedge();
  await keepEvents('long', EVENTS);
}, 120_000);
afterAll(() => ledge.server.close());

async function keepEvents(product: string, events: number): Promise<void> {
  await command(product, 'RegisterProduct', '{"name":"Chai","priceCents":1800}');
  const object = { name: `main/product/${product}` };
  const storage = await ledge.server.getWorker().getDurableObjectStorage('AGGREGATE', object);
  await storage.exec(fill(events));
  await storage.exec(confirm(events));
}

async function command(product: string, name: string, body: string): Promise<number> {
  const address = new URL(`/v1/commands/product/${product}/${name}`, ledge.url);
  const headers = { 'content-type': 'application/json' };
  const { status } = await fetch(address, { method: 'POST', headers, body });
  return status;
}

async function read(path: string): Promise<unknown> {
  const signal = AbortSignal.timeout(CPU_MS_MAX);
  const response = await fetch(new URL(path, ledge.url), { signal });
  return JSON.parse(await response.text());
}

/** Reads, cold, and answers by how much the runtime grew at most. */
async function readCold(path: string): Promise<{ body: unknown; grownMebibytes: number }> {
  await ledge.server.getWorker().evictDurableObject('AGGREGATE', OBJECT);
  const { nowMebibytes } = workerdMemory();
  const body = await read(path);
  return { body, grownMebibytes: workerdMemory().peakMebibytes - nowMebibytes };
}

const unmeasured = canMeasureMemory ? '' : ': SKIPPED, memory can only be measured on Linux';

describe.skipIf(!canMeasureMemory)(`S4 a million events are folded one by one${unmeasured}`, () => {
  test.each([
    ['to the state now', '', EVENTS, OBJECT_MEBIBYTES_MAX],
    ['to the state at a version', `?version=${LAST_BUT_TWO}`, LAST_BUT_TWO, WORKER_MEBIBYTES_MAX],
    [
      'to the state at a time in the world',
      '?occurredAt=2100-01-01T00:00:00Z',
      EVENTS,
      WORKER_MEBIBYTES_MAX,
    ],
  ])('%s', { timeout: 2 * CPU_MS_MAX }, async (_what, moment, version, mebibytesMax) => {
    const { body, grownMebibytes } = await readCold(`/v1/aggregates/product/long${moment}`);
    expect(body).toMatchObject({ version, state: { onHand: version - 1 } });
    expect(grownMebibytes).toBeLessThan(mebibytesMax);
  });
});

test('S4 a page of a million events is a page, wherever it begins', async () => {
  const versionsAfter = async (query: string) => {
    const { events } = Object(await read(`/v1/streams/product/long?limit=1000&${query}`));
    return events.map(({ version }: { readonly version: number }) => version);
  };
  const thousand = (first: number) => Array.from({ length: 1_000 }, (_, index) => first + index);
  expect(await versionsAfter('')).toEqual(thousand(1));
  expect(await versionsAfter('after=500000')).toEqual(thousand(500_001));
  expect(await versionsAfter(`after=${LAST_BUT_TWO}`)).toEqual([EVENTS - 1, EVENTS]);
  const newest = thousand(EVENTS - 999).reverse();
  expect(await versionsAfter('direction=backwards')).toEqual(newest);
});

test('H69 commands are executed while twenty readers read a long past', {
  timeout: 60_000,
}, async () => {
  const events = 50_000;
  await keepEvents('busy', events);
  await ledge.server.getWorker().evictDurableObject('AGGREGATE', { name: 'main/product/busy' });
  let reading = 20;
  const readers = Array.from({ length: reading }, async () => {
    const body = await read('/v1/aggregates/product/busy?occurredAt=2100-01-01T00:00:00Z');
    reading--;
    return body;
  });
  let executed = 0;
  while (reading > 0) {
    expect(await command('busy', 'ReceiveStock', '{"quantity":1}')).toBe(200);
    executed++;
  }
  // One and the next, where all readers come before them.
  expect(executed).toBeGreaterThan(20);
  for (const body of await Promise.all(readers)) {
    const { version, state } = Object(body);
    expect(version).toBeGreaterThanOrEqual(events);
    expect(state).toMatchObject({ onHand: version - 1 });
  }
});
