/** Several queues by the hash of the stream: where messages go, what stays apart, and what a changed number keeps. */
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { operationsStatus } from '../../core/operator-shapes/operations-status.ts';
import { OVERDUE_AFTER_MS } from '../../durable-objects/aggregate/confirm-relay.ts';
import { faults, resetFaults } from '../workers/support/faults.ts';
import {
  arrived,
  consume,
  deposit,
  env,
  headOf,
  objectOf,
  openBank,
  opening,
  run,
  versions,
  zipf,
} from './bank.ts';
import { queues, worker } from './entry.ts';

beforeAll(openBank);
beforeEach(() => {
  resetFaults();
  queues.bound = 4;
  queues.fateIn = () => 'real';
  queues.backlogOf = () => 0;
  queues.oldestIn = () => undefined;
  queues.sent.length = 0;
  queues.delivered.length = 0;
  queues.consumers.most = 0;
});

/** As docs/operations.md has it, for four queues. */
function queueOf(id: string): number {
  return createHash('sha256').update(`main/account/${id}`).digest().readUInt32BE() % 4;
}

const NAMES = ['events', 'events-2', 'events-3', 'events-4'];

/** Accounts of every queue. */
function accounts(prefix: string, count: number): string[] {
  const ids = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  expect(new Set(ids.map(queueOf)).size).toBe(4);
  return ids;
}

const idOf = (stream: string) => stream.slice('account/'.length);

test('R20 all messages of a stream, reminders too, take the queue of its hash, and each queue is consumed', async () => {
  const ids = accounts('own', 32);
  await run(ids.map(opening));
  await run(ids.map(deposit));
  await arrived(ids);
  queues.fateIn = () => 'kept';
  await run(ids.map(deposit));
  faults.clockSkewMs = OVERDUE_AFTER_MS + 1;
  queues.sent.length = 0;
  for (const id of ids) await runDurableObjectAlarm(objectOf(id));
  expect(queues.sent).toHaveLength(32);
  for (const { stream, queue } of queues.sent) expect(queue).toBe(queueOf(idOf(stream)));
  for (const { queue, streams } of queues.delivered) {
    for (const stream of streams) expect(queue).toBe(NAMES[queueOf(idOf(stream))]);
  }
  expect([...new Set(queues.delivered.map(({ queue }) => queue))].sort()).toEqual(NAMES);
});

test.each(['fails', 'hangs'] as const)(
  'R21 a queue that %s delays its own streams alone',
  async (fate) => {
    const ids = accounts(fate, 16);
    queues.fateIn = (queue) => (queue === 1 ? fate : 'real');
    const statuses = (await run(ids.map(opening))).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    const own = ids.filter((id) => queueOf(id) === 1);
    await arrived(ids.filter((id) => !own.includes(id)));
    const reached = await versions();
    expect(own.map((id) => reached.get(id))).toEqual(own.map(() => undefined));
    queues.fateIn = () => 'real';
    faults.clockSkewMs = OVERDUE_AFTER_MS + 1;
    for (const id of own) await runDurableObjectAlarm(objectOf(id));
    await arrived(own);
  },
);

/** Batches that wrote nothing, since another one had moved a stream of theirs. */
async function lostRaces(during: () => Promise<void>): Promise<{ batches: number; lost: number }> {
  let [batches, committed] = [0, 0];
  faults.beforeBatch = () => {
    batches++;
  };
  faults.afterBatch = () => {
    committed++;
  };
  await during();
  return { batches, lost: batches - committed };
}

test('R22 consumers of different queues lose no race, and consumers of one queue do', async () => {
  const ids = accounts('zipf', 100);
  await run(ids.map(opening));
  await arrived(ids);
  const load = zipf(ids, 400).map(deposit);
  const parts = Array.from({ length: 4 }, (_, part) => load.slice(part * 100, part * 100 + 100));
  const four = await lostRaces(async () => {
    await Promise.all(parts.map(run));
    await arrived(ids);
  });
  expect(queues.consumers.most).toBeGreaterThan(1);

  queues.fateIn = () => 'kept';
  queues.sent.length = 0;
  await Promise.all(parts.map(run));
  const kept = queues.sent.splice(0);
  const five = await lostRaces(async () => {
    const consumers = Array.from({ length: 5 }, (_, consumer) =>
      kept.filter((_message, index) => index % 5 === consumer),
    );
    await Promise.all(consumers.map((messages) => consume('events', messages)));
  });
  expect(four.lost).toBe(0);
  expect(five.lost).toBeGreaterThan(0);
});

test('R23 while the number of queues changes a stream is in two of them, and nothing is lost or twice', async () => {
  const ids = accounts('moving', 24);
  queues.bound = 1;
  await run(ids.map(opening));
  for (const bound of [4, 2, 3, 1, 4]) {
    const load = zipf(ids, 200).map(deposit);
    const under = run(load.slice(0, 100));
    queues.bound = bound;
    await Promise.all(ids.map((id) => evictDurableObject(objectOf(id))));
    await Promise.all([under, run(load.slice(100))]);
  }
  await arrived(ids);
  const used = Map.groupBy(queues.sent, ({ stream }) => stream);
  const queuesOf = [...used.values()].map((sent) => new Set(sent.map(({ queue }) => queue)).size);
  expect(Math.max(...queuesOf)).toBeGreaterThan(1);
  const { results } = await env.DB.prepare(
    `SELECT b.account, b.cents, count(*) AS events, max(j.version) AS head FROM balances_v1 AS b
     JOIN journal AS j ON j.stream = 'account/' || b.account WHERE b.account LIKE 'moving-%' GROUP BY 1`,
  ).all<{ account: string; cents: number; events: number; head: number }>();
  expect(results).toHaveLength(24);
  for (const { account, cents, events, head } of results) {
    expect([cents + 1, events, head]).toEqual([head, head, await headOf(account)]);
  }
});

test('R28 a reminder waits for older messages of its own queue alone', async () => {
  const ids = accounts('behind', 16);
  queues.fateIn = () => 'kept';
  await run(ids.map(opening));
  const longAgoMs = Date.now() - 60_000;
  queues.oldestIn = (queue) => (queue === 1 ? longAgoMs : undefined);
  faults.clockSkewMs = OVERDUE_AFTER_MS + 1;
  queues.sent.length = 0;
  for (const id of ids) await runDurableObjectAlarm(objectOf(id));
  const reminded = queues.sent.map(({ stream }) => idOf(stream));
  expect(reminded.sort()).toEqual(ids.filter((id) => queueOf(id) !== 1).sort());
});

test('MX15 each queue has figures of its own, and an alert once its oldest message is late', async () => {
  const oldestMessageTimestamp = new Date(Date.now() - 301_000);
  const metrics = async () => ({ backlogCount: 3, backlogBytes: 300, oldestMessageTimestamp });
  const behind = Object.assign(Object.create(env.EVENTS), { metrics });
  const request = new Request('http://ledge.test/v1/status');
  const response = await worker.fetch(request, Object.assign({}, env, { EVENTS_3: behind }));
  const status = operationsStatus.parse(await response.json());
  expect(status.queues.map(({ name }) => name)).toEqual([
    ...['EVENTS', 'EVENTS_2', 'EVENTS_3', 'EVENTS_4'],
  ]);
  expect(status.queues[2]).toMatchObject({ messages: 3, bytes: 300 });
  expect(status.queues[2]?.oldestSeconds).toBeGreaterThanOrEqual(301);
  const ofBacklogs = status.alerts.filter(({ alert }) => alert === 'backlog-high');
  expect(ofBacklogs.map(({ subject }) => subject)).toEqual(['EVENTS_3']);
});

test('QU13 a line is held up by the backlog of its own queue alone', async () => {
  const ids = accounts('held', 16);
  queues.backlogOf = (queue) => (queue === 2 ? 100_001 : 100_000);
  faults.clockSkewMs = 5_000;
  const answers = await run(ids.map(opening));
  const expected = ids.map((id) => (queueOf(id) === 2 ? 503 : 200));
  expect(answers.map(({ status }) => status)).toEqual(expected);
  await vi.waitUntil(() => queues.sent.length > 0);
});
