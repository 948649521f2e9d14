/**
 * A deployment and a system outside of it, which sends, follows, receives and consumes: one of both is killed again and again,
 * and nothing is lost, nothing executed twice, and every stream in order.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { deliveryFindings, type FeedEvent } from '../simulator/integration-law.ts';
import type { TakenWebhook } from '../simulator/webhook-receiver.ts';
import { Reader } from './crash/reader.ts';
import { migrations, Victim } from './crash/victim.ts';
import { random } from './crash/web-shop.ts';

const KILLS = Number(process.env.LEDGE_KILLS ?? 10);
const LIFE_MS_MAX = 2_000;
const ACCOUNTS = 8;
const BOOKINGS_EACH = 40;

const CATCH_UP_MS_MAX = 120_000;

let victim: Victim;
let folder: string;
let outside: ChildProcess | undefined;

beforeEach(async () => {
  victim = await Victim.create();
  folder = mkdtempSync(join(tmpdir(), 'ledge-outside-'));
});
afterEach(async () => {
  outside?.kill('SIGKILL');
  await victim.remove();
  rmSync(folder, { recursive: true, force: true });
});

const linesOf = <Line>(name: string): Line[] => {
  const path = join(folder, name);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return lines.filter(Boolean).map((line) => JSON.parse(line));
};
const firstOfEach = (name: string) =>
  new Map(linesOf<TakenWebhook>(name).map((line) => [line.id, line])).size;

async function startOutside(port: number): Promise<void> {
  const child = fork(join(import.meta.dirname, 'crash/outside-service.ts'), [folder, `${port}`]);
  outside = child;
  await once(child, 'message');
}

async function killOutside(): Promise<void> {
  if (!outside) return;
  const exited = once(outside, 'exit');
  outside.kill('SIGKILL');
  await exited;
}

async function start(script: string, statements: readonly string[] = []): Promise<void> {
  await victim.start(script, statements);
  writeFileSync(join(folder, 'server'), victim.url ?? '');
}

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${victim.url}/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = Object(await response.json());
  expect([response.status, answer]).toEqual([expect.toSatisfy((one) => one < 300), answer]);
  return answer;
}

/** One that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

test(`Z18 a system outside loses nothing, though one of both is killed ${KILLS} times`, async () => {
  const script = await victim.bundle('test/e2e/crash/workers/bookings.ts');
  const port = await freePort();
  const all = Array.from({ length: ACCOUNTS * BOOKINGS_EACH }, (_, index) => ({
    ...{ id: `m-${index}`, account: `a-${index % ACCOUNTS}`, cents: index + 1 },
  }));
  writeFileSync(
    join(folder, 'bookings.ndjson'),
    all.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  await start(script, await migrations());
  const hook = {
    publication: 'payments',
    target: { url: `http://127.0.0.1:${port}/` },
    from: 'beginning',
  };
  const { secret } = await post('subscriptions', hook);
  writeFileSync(join(folder, 'secret'), String(secret));
  // An attempt is counted for each lease that a kill has ended.
  const group = { name: 'billing', publication: 'payments', from: 'beginning', attempts: 100 };
  await post('groups', group);

  await startOutside(port);
  for (let kill = 1; kill <= KILLS; kill++) {
    await sleep(random(LIFE_MS_MAX));
    if (kill % 2 === 0) {
      await killOutside();
      await startOutside(port);
    } else {
      await victim.kill();
      await start(script);
    }
  }
  const untilMs = Date.now() + CATCH_UP_MS_MAX;
  const files = ['accepted.ndjson', 'feed.ndjson', 'hooks.ndjson', 'consumed.ndjson'];
  while (files.some((name) => firstOfEach(name) < all.length) && Date.now() < untilMs)
    await sleep(250);
  await killOutside();

  const reader = new Reader(() => victim.url);
  const streams: StoredEvent[][] = [];
  for (let account = 0; account < ACCOUNTS; account++)
    streams.push(await reader.log(`charging/a-${account}`));
  // Each message once, and those of an account in their order.
  for (const [account, events] of streams.entries()) {
    const booked = all.filter((one) => one.account === `a-${account}`).map(({ cents }) => cents);
    expect(events.map(({ data }) => Object(data).cents)).toEqual(booked);
  }
  const feed = linesOf<FeedEvent>('feed.ndjson');
  expect(new Set(feed.map(({ id }) => id)).size).toBe(feed.length);
  expect(feed).toHaveLength(all.length);
  expect(deliveryFindings('the webhooks', feed, linesOf('hooks.ndjson'))).toEqual([]);
  expect(deliveryFindings('the group', feed, linesOf('consumed.ndjson'))).toEqual([]);
  console.log(
    `${KILLS} kills: ${all.length} messages, ${linesOf('hooks.ndjson').length} webhooks, ${linesOf('consumed.ndjson').length} consumed`,
  );
}, 600_000);
