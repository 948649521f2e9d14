/**
 * The process is killed in the middle of sagas: commands on their way, outcomes not yet recorded, deadlines that pass
 * while nothing runs. Each ends as if nothing had happened, by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { Client, keepSending } from './crash/client.ts';
import { streamOf } from './crash/compare.ts';
import { Reader } from './crash/reader.ts';
import { migrations, Victim } from './crash/victim.ts';
import {
  capture,
  opening,
  RECEIVED,
  random,
  repeatedEffects,
  shopper,
  sumsOf,
} from './crash/web-shop.ts';

const KILLS = Number(process.env.LEDGE_KILLS ?? 10);
const SHOPPERS = 4;
const LIFE_MS_MAX = 1_500;

/** An alarm looks after 10 s, and waits as long again as an event has waited for it. */
const CATCH_UP_MS_MAX = 120_000;

let victim: Victim;
let client: Client;
let reader: Reader;

beforeEach(async () => {
  victim = await Victim.create();
  client = new Client(() => victim.url);
  reader = new Reader(() => victim.url);
});
afterEach(() => victim.remove());

interface Listed {
  readonly id: string;
  readonly status: string;
}

/** From D1 alone: an object that is read would be woken by it. */
async function sagasBy(status: string): Promise<number> {
  const { count } = await reader.get<{ count: number }>(
    `/v1/sagas?status.in=${status}&count=true&limit=1`,
  );
  return count;
}

async function until(isSo: () => Promise<boolean>): Promise<number> {
  const startedMs = Date.now();
  while (!(await isSo())) {
    if (Date.now() - startedMs > CATCH_UP_MS_MAX) throw new Error('It has taken too long.');
    await sleep(250);
  }
  return (Date.now() - startedMs) / 1_000;
}

async function logsOf(streams: Iterable<string>): Promise<StoredEvent[]> {
  return (await Promise.all([...streams].map((stream) => reader.log(stream)))).flat();
}

test(`Z4 70 72 every saga ends, and everything adds up, though the process is killed ${KILLS} times`, async () => {
  const script = await victim.bundle('test/shop/entry.ts');
  await victim.start(script, await migrations());
  // Before the first command: the reactors of sagas start here.
  await reader.get('/v1/projections');
  expect(await client.send(opening)).toEqual([]);
  let over = false;
  const shoppers = Array.from({ length: SHOPPERS }, (_, name) =>
    keepSending(client, shopper(name), () => over),
  );
  for (let kill = 1; kill <= KILLS; kill++) {
    await sleep(random(LIFE_MS_MAX));
    await victim.kill();
    if (kill === KILLS) over = true;
    await victim.start(script);
  }
  await Promise.all(shoppers);
  await client.repeat(client.sent.filter(({ decided }) => !decided));

  const orders = client.sent.filter(
    ({ command, decided }) => command === 'PlaceOrder' && decided?.outcome === 'accepted',
  );
  const ids = new Set(orders.map(({ id }) => id));
  // Open payments are paid as soon as they are requested, so that no order waits for its deadline.
  const seconds = await until(async () => {
    for (const { id } of (await openSagas()).filter(({ status }) => status === 'running')) {
      await client.send([capture(id)]);
    }
    return (await sagasBy('completed,compensated')) === ids.size;
  });
  expect(await sagasBy('waiting,running,compensating,attention,failed')).toBe(0);

  const own = ['order', 'payment', 'shipment'].flatMap((type) =>
    [...ids].map((id) => `${type}/${id}`),
  );
  const log = await logsOf(new Set([...client.sent.map(streamOf), ...own]));
  const { shipped, left, reserved, moneyCents, worthCents } = sumsOf(log);
  const completed = await sagasBy('completed');
  console.log(
    `${KILLS} kills: ${ids.size} orders, ${completed} shipped, the last saga ended after ${seconds.toFixed(1)} s`,
  );
  expect(repeatedEffects(log)).toEqual([]);
  expect({ reserved, left: left + shipped }).toEqual({ reserved: 0, left: 4 * RECEIVED });
  expect(moneyCents).toBe(worthCents);
  expect(log.filter(({ type }) => type === 'OrderShipped')).toHaveLength(completed);
  expect((await reader.verifyJournal()).differences).toEqual([]);
}, 600_000);

async function openSagas(): Promise<Listed[]> {
  const { rows } = await reader.get<{ rows: Listed[] }>(
    '/v1/sagas?status.in=running,compensating&limit=1000',
  );
  return rows;
}

const WAITING = 60;
const DEADLINE_MS = 3_000;
const FIRING_KILLS = Math.min(KILLS, 5);

/** Into the moment in which the alarms of the past fire. */
const FIRING_MS = { min: 50, max: 400 };

test(`Z5 70 ${WAITING} deadlines that pass while no process runs fire after the next start, once each`, async () => {
  const script = await victim.bundle('test/e2e/crash/workers/patience.ts');
  await victim.start(script, await migrations());
  await reader.get('/v1/projections');
  const count = { aggregate: 'counter', id: 'c', command: 'Count', data: { times: WAITING } };
  expect(await client.send([count])).toEqual([]);
  await until(async () => (await sagasBy('running,failed')) === WAITING);
  await victim.kill();
  await sleep(DEADLINE_MS);
  for (let kill = 0; kill < FIRING_KILLS; kill++) {
    await victim.start(script);
    await sleep(FIRING_MS.min + random(FIRING_MS.max - FIRING_MS.min));
    await victim.kill();
  }

  // From here on no client sends a request, and no object is woken.
  await victim.start(script);
  const seconds = await until(async () => (await sagasBy('failed')) === WAITING);
  console.log(`${WAITING} deadlines were kept ${seconds.toFixed(1)} s after the last start`);
  const streams = Array.from({ length: WAITING }, (_, index) => `patience/c-${index + 1}`);
  for (const stream of streams) {
    expect((await reader.log(stream)).map(({ type }) => type)).toEqual([
      'EventReceived',
      'TimeoutPassed',
    ]);
  }
}, 600_000);
