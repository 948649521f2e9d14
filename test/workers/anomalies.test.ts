/**
 * Every call to storage fails once: at the first, then at the second … until all of them have, and after each the
 * invariants hold and the repeat succeeds. Then what else an aggregate must survive.
 */
import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import type { Command } from '../../core/aggregate/command.ts';
import { Quotas } from '../../worker/access/quotas.ts';
import { RateLimits } from '../../worker/access/rate-limits.ts';
import { Backlog } from '../../worker/commands/backlog.ts';
import { draftLine } from '../../worker/commands/batch-line.ts';
import { runCommandBatch } from '../../worker/commands/command-batch.ts';
import { NewStreams } from '../../worker/commands/new-streams.ts';
import { sendCommands } from '../../worker/commands/send-commands.ts';
import { uncountedBy } from '../../worker/http/unavailable.ts';
import type { AggregateStub, LedgeEnv } from '../../worker/runtime/env.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { alike } from './support/alike-stub.ts';
import { billOf } from './support/bill.ts';
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import {
  deliver,
  env,
  evict,
  fetchWorker,
  get,
  keptMessages,
  objectOf,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';
import { unrestrictedCaller } from './support/unrestricted-caller.ts';

useKeptQueue();

/** Makes the object's k-th statement from now on fail, once. Answers whether it came to that. */
async function failStatement(stream: string, nth: number): Promise<() => boolean> {
  let left = nth;
  await runInDurableObject(objectOf(stream), (_object, { storage }) => {
    const exec = storage.sql.exec.bind(storage.sql);
    Object.defineProperty(storage.sql, 'exec', {
      configurable: true,
      value: (...statement: Parameters<typeof exec>) => {
        left--;
        if (left === 0) throw new Error('SQLITE_IOERR');
        return exec(...statement);
      },
    });
  });
  return () => left <= 0;
}

async function stored(stream: string): Promise<{ events: number; records: number }> {
  return runInDurableObject(objectOf(stream), (_object, { storage }) => ({
    events: Number(storage.sql.exec('SELECT count(*) AS n FROM event').one().n),
    records: Number(storage.sql.exec('SELECT count(*) AS n FROM command').one().n),
  }));
}

test.for([
  ['warm', false, 4],
  ['cold', true, 7],
] as const)(
  'F1 a %s command whose storage fails at any statement is stored whole or not at all',
  {
    timeout: 60_000,
  },
  async ([memory, cold, statements]) => {
    let failures = 0;
    while (await failsAt(failures + 1, `product/fails-${memory}-${failures}`, cold)) failures++;
    // What a command costs in statements: fewer is fine news, none would try nothing.
    expect(failures).toBe(statements);
  },
);

/** One command whose k-th statement fails. False when it has no k-th one. */
async function failsAt(nth: number, stream: `product/${string}`, cold: boolean): Promise<boolean> {
  const receive = () =>
    send(stream, 'ReceiveStock', { quantity: 1 }, { 'idempotency-key': 'receive' });
  await send(stream, 'RegisterProduct', { name: 'x', priceCents: 1 }, { 'idempotency-key': 'r' });
  if (cold) await evict(stream);
  const hasFailed = await failStatement(stream, nth);
  const first = await receive();
  const failed = hasFailed();
  await evict(stream);
  const whole = { events: 2, records: 2 };
  const nothing = { events: 1, records: 1 };
  expect(await stored(stream)).toEqual(first.status === 200 ? whole : nothing);
  if (!failed) expect(first.status).toBe(200);
  expect((await receive()).status).toBe(200);
  expect(await stored(stream)).toEqual(whole);
  return failed;
}

test('F2 a step whose D1 fails at any call is applied whole or not at all, and the repeat succeeds', async () => {
  for (let nth = 1; nth <= 4; nth++) {
    await send(`product/d1-${nth}`, 'RegisterProduct', { name: 'x', priceCents: 1 });
    await send(`product/d1-${nth}`, 'ReceiveStock', { quantity: nth });
    const messages = keptMessages();
    let call = 0;
    faults.beforeBatch = () => {
      if (++call === nth) throw new Error('D1_ERROR: Network connection lost.');
    };
    faults.afterBatch = () => {
      if (++call === nth) throw new Error('D1_ERROR: Network connection lost.');
    };
    await deliver(messages);
    faults.beforeBatch = () => undefined;
    faults.afterBatch = () => undefined;
    expect((await deliver(messages)).retried).toEqual([]);
    expect((await get(`/v1/queries/products/d1-${nth}`)).body).toMatchObject({ onHand: nth });
    const journal = await rowsOf(
      'SELECT version FROM journal WHERE stream = ?',
      `product/d1-${nth}`,
    );
    expect(journal).toHaveLength(2);
  }
});

test('F3 events are never changed and never deleted, not even by a statement of ours', async () => {
  await send('product/append-only', 'RegisterProduct', { name: 'x', priceCents: 1 });
  for (const statement of ["UPDATE event SET data = '{}'", 'DELETE FROM event']) {
    const attempt = runInDurableObject(objectOf('product/append-only'), (_object, { storage }) => {
      storage.sql.exec(statement);
    });
    await expect(attempt).rejects.toThrow('Events are never');
  }
  expect(await stored('product/append-only')).toEqual({ events: 1, records: 0 });
});

test('F4 versions continue beyond 2^31', async () => {
  const beyond = 2 ** 31 + 5;
  await send('product/old', 'RegisterProduct', { name: 'x', priceCents: 1 });
  await runInDurableObject(objectOf('product/old'), (_object, { storage }) => {
    storage.sql.exec(
      'INSERT INTO event SELECT ?, id, type, schema_version, data, recorded_at, occurred_at, actor, command_id, origin FROM event',
      beyond,
    );
  });
  await evict('product/old');
  const answer = await send(
    'product/old',
    'ReceiveStock',
    { quantity: 1 },
    { 'if-match': `"${beyond}"` },
  );
  expect(answer.body).toMatchObject({ version: beyond + 1, token: `product/old@${beyond + 1}` });
  const { body } = await get(`/v1/streams/product/old?after=${beyond}`);
  expect(body.events).toMatchObject([{ version: beyond + 1 }]);
});

test('F5 a backlog that never left is drained in pages while commands are answered', async () => {
  faults.queue = 'fails';
  for (let index = 0; index < 5; index++) {
    await send('troublesome/backlog', 'WorkMuch', { events: 10_000, noteLength: 1 });
  }
  faults.queue = 'kept';
  const message = JSON.stringify({
    tenant: 'main',
    stream: 'troublesome/backlog',
    version: 50_000,
    events: [],
  });
  let deliveries = 0;
  for (let acked = 0; acked === 0; deliveries++) {
    const [result, command] = await Promise.all([
      deliver([message]),
      send('product/meanwhile', 'ReceiveStock', { quantity: 1 }),
    ]);
    expect(command.status).toBe(409);
    acked = result.acked.length;
    expect(deliveries).toBeLessThan(10);
  }
  const count =
    "SELECT count(*) AS n, max(version) AS last FROM journal WHERE stream = 'troublesome/backlog'";
  expect(await rowsOf(count)).toEqual([{ n: 50_000, last: 50_000 }]);
}, 60_000);

describe('F6 a call that breaks', () => {
  const command = { name: 'ReceiveStock', data: { quantity: 1 }, fingerprint: 'x', actor: 'a' };
  const keyed = { ...command, idempotencyKey: 'k' };
  const address = { tenant: 'main', aggregate: 'product', id: 'broken' };

  /** The platform's errors cannot be had on demand, so these are thrown in front of the real namespace. */
  async function attempts(
    error: object,
    sent: Command = keyed,
  ): Promise<{ calls: number; outcome: unknown }> {
    let calls = 0;
    const broken: AggregateStub = {
      ...alike(notAsked),
      execute: () => {
        calls++;
        return Promise.reject(Object.assign(new Error('The object broke.'), error));
      },
    };
    const brokenEnv: LedgeEnv = { ...env, AGGREGATE: { getByName: () => broken } };
    const [outcome] = await sendCommands(brokenEnv, () => undefined, address, [sent]);
    return { calls, outcome };
  }

  test.for([
    ['is retried when the platform says so', { retryable: true }, 3],
    ['is retried after a deploy reset the object', { durableObjectReset: true }, 3],
    ['is not retried when the object has too much to do', { retryable: true, overloaded: true }, 1],
    ['is not retried when nothing says that it may be', {}, 1],
  ] as const)('%s', async ([_name, error, calls]) => {
    expect(await attempts(error)).toMatchObject({ calls, outcome: { outcome: 'unavailable' } });
  });

  test('is not retried without a key: it may have been executed', async () => {
    expect(await attempts({ retryable: true }, command)).toMatchObject({ calls: 1 });
  });
});

/** Of a call that the test does not expect. */
function notAsked(): Promise<never> {
  return Promise.reject(new Error('not asked'));
}

test('F7 in a batch no command overtakes one with an unknown outcome', async () => {
  const executed: string[] = [];
  let broken = true;
  const flaky: AggregateStub = {
    ...alike(notAsked),
    execute: async (commands) => {
      if (broken) {
        broken = false;
        throw new Error('The object broke.');
      }
      executed.push(...commands.map(({ name }) => name));
      return commands.map(() => ({ outcome: 'failed' }));
    },
  };
  const caller = unrestrictedCaller('a');
  const reader = { app: testApp, caller, newId: crypto.randomUUID.bind(crypto) };
  const batch = {
    machinery: machineryFor(testApp, { log: () => undefined }),
    backlog: new Backlog(machineryFor(testApp).platform),
    newStreams: new NewStreams(new RateLimits(() => undefined), Date.now),
    quotas: new Quotas({ ...machineryFor(testApp).platform, failureOf: uncountedBy }),
    env: { ...env, AGGREGATE: { getByName: () => flaky } },
    caller,
    draft: (line: unknown) => draftLine(reader, line, undefined),
  };
  const line = { value: { aggregate: 'troublesome', id: 'x', command: 'Work', data: {} } };
  async function* lines() {
    for (let index = 0; index < 450; index++) yield [line];
  }
  const outcomes: unknown[] = [];
  for await (const some of runCommandBatch(batch, lines())) outcomes.push(...some);
  expect(outcomes).toHaveLength(450);
  expect(outcomes.every((outcome) => Object(outcome).status === 503)).toBe(true);
  expect(executed).toEqual([]);
});

interface Answer {
  readonly status: number;
  readonly version: number;
  readonly replayed?: true;
}

/** A batch that receives stock, a line for each key. */
function receiveEach(id: string, keys: readonly string[]): Promise<Answer[]> {
  const line = { aggregate: 'product', id, command: 'ReceiveStock', data: { quantity: 1 } };
  return sendEach(line, keys);
}

async function sendEach(line: object, keys: readonly string[]): Promise<Answer[]> {
  const response = await fetchWorker('/v1/commands', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(keys.map((idempotencyKey) => ({ ...line, idempotencyKey }))),
  });
  const lines = (await response.text()).trimEnd().split('\n');
  return lines.map((text): Answer => JSON.parse(text));
}

test('F8 a batch whose storage fails at any statement stores each command whole or not at all', async () => {
  let failures = 0;
  for (let failed = true; failed; ) {
    const id = `batch-${failures}`;
    const stream = `product/${id}` as const;
    const receive = () => receiveEach(id, ['a', 'b', 'a', 'c']);
    await send(stream, 'RegisterProduct', { name: 'x', priceCents: 1 }, { 'idempotency-key': 'r' });
    const hasFailed = await failStatement(stream, failures + 1);
    const first = await receive();
    failed = hasFailed();
    if (failed) failures++;
    await evict(stream);
    const known = first.filter(({ status, replayed }) => status === 200 && !replayed).length;
    expect(await stored(stream)).toEqual({ events: 1 + known, records: 1 + known });
    const second = await receive();
    expect(second.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(second[2]).toEqual({ ...second[0], replayed: true });
    expect(await stored(stream)).toEqual({ events: 4, records: 4 });
  }
  // As many as for one command.
  expect(failures).toBe(4);
});

test('F9 commands of one call are one transaction up to 4 MB of events, and each sees what those before it decided', async () => {
  await send('product/one-call', 'RegisterProduct', { name: 'x', priceCents: 1 });
  await deliver(keptMessages());
  const bill = await billOf('product/one-call');
  const answers = await receiveEach('one-call', ['a', 'b', 'c']);
  expect(answers.map(({ version }) => version)).toEqual([2, 3, 4]);
  const messages = keptMessages().map((message) => JSON.parse(message));
  const own = messages.filter(({ stream }) => stream === 'product/one-call');
  expect(own.map(({ events }) => events.length)).toEqual([3]);
  expect(bill.read().rowsWritten).toBe(6);
});

test('F9 beyond 4 MB the commands of one call are further transactions, which see those before', async () => {
  const line = {
    aggregate: 'troublesome',
    id: 'units',
    command: 'WorkMuch',
    data: { events: 10, noteLength: 250_000 },
  };
  const first = await sendEach(line, ['a', 'b', 'c', 'a']);
  expect(first.map(({ version }) => version)).toEqual([10, 20, 30, 10]);
  const stream = 'troublesome/units';
  const hasFailed = await failStatement(stream, 9);
  const second = await sendEach(line, ['d', 'e', 'f', 'd']);
  expect(hasFailed()).toBe(true);
  expect(second.map(({ version }) => version)).toEqual([40, 50, 60, 40]);
  expect(await stored(stream)).toEqual({ events: 60, records: 6 });
});

test('F10 a snapshot that was rolled back is made with the next command that is stored', async () => {
  for (let nth = 1, failed = true; failed; nth++) {
    const id = `snapshot-${nth}`;
    const line = { aggregate: 'troublesome', id, command: 'Work', data: {} };
    await sendEach(
      line,
      Array.from({ length: 99 }, (_, index) => `first-${index}`),
    );
    const hasFailed = await failStatement(`troublesome/${id}`, nth);
    const answers = await sendEach(line, ['a', 'b']);
    failed = hasFailed();
    expect(answers.map(({ version }) => version)).toEqual([100, 101]);
    await evict(`troublesome/${id}`);
    const versions = await runInDurableObject(objectOf(`troublesome/${id}`), (_object, state) =>
      state.storage.sql.exec('SELECT version FROM snapshot').toArray(),
    );
    expect(versions).toEqual([{ version: 100 }]);
  }
});
