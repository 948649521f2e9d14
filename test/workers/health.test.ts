/**
 * What keeps an event out of the journal, cause by cause: each operator's tool names stream, cause and remedy within 30
 * seconds, and is clean again once the cause is gone. Poison costs its own stream and projection alone.
 */
import {
  createExecutionContext,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Incident, type KnownIncident, NOT_ARRIVED } from '../../core/failures/incident.ts';
import type { HealthStub, LedgeEnv } from '../../worker/runtime/env.ts';
import { deployment } from './support/deployment.ts';
import { testApp, wholeApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import {
  type Answer,
  env,
  keptMessages,
  objectOf,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';
import { appWith, createWorks, works } from './support/works.ts';

useKeptQueue();
beforeAll(() => createWorks(1));

const SHARDS = ['0', '1', '2', '3'];

/** When the relay's alarm looks first, with the most of its jitter. */
const FIRST_LOOK_MS = 11_001;

const TABLES = ['journal_page', 'checkpoint', 'generation', 'serving_set', 'dead_letter', 'sweep'];

beforeEach(async () => {
  faults.health = 'real';
  for (const shard of SHARDS) {
    await runInDurableObject(healthObjectOf(shard), (_object, { storage }) => {
      for (const name of ['object', 'incident', 'unlisted'])
        storage.sql.exec(`DROP TABLE IF EXISTS ${name}`);
    });
    await evictDurableObject(healthObjectOf(shard));
  }
  const emptied = [...TABLES, 'products_v1', 'works_v1'];
  await env.DB.batch(emptied.map((name) => env.DB.prepare(`DELETE FROM ${name}`)));
});

function healthObjectOf(shard: string) {
  return env.HEALTH.getByName(shard);
}

/** The same object by the door that the Worker uses. */
function healthOf(shard: string): HealthStub {
  const { HEALTH }: LedgeEnv = env;
  return HEALTH.getByName(shard);
}

/** Fires the alarms of the health objects, as happens every ten seconds while there are incidents. */
async function lookAgain(): Promise<void> {
  for (const shard of SHARDS) await runDurableObjectAlarm(healthObjectOf(shard));
}

/** The app that the health objects run too. */
const shop = deployment(testApp);

let streams = 0;

const made: string[] = [];

/** D1 is emptied under the objects: their alarms must not find that out in another test. */
afterEach(async () => {
  for (const stream of made.splice(0)) {
    await runInDurableObject(objectOf(stream), (_object, { storage }) => storage.deleteAlarm());
  }
});

/** A product of this test's own with its first event, and the message of it. */
async function registered(): Promise<{ stream: `${string}/${string}`; messages: string[] }> {
  const stream = `product/health-${++streams}` as const;
  made.push(stream);
  const { status } = await send(stream, 'RegisterProduct', { name: 'x', priceCents: 1 });
  expect(status).toBe(200);
  return { stream, messages: keptMessages() };
}

async function firstLook(stream: string): Promise<void> {
  faults.clockSkewMs += FIRST_LOOK_MS;
  await runDurableObjectAlarm(objectOf(stream));
  faults.messages.length = 0;
}

type Server = typeof shop;

interface Answers {
  readonly projections: Answer;
  readonly deadLetters: Answer;
  readonly verify: Answer;
  readonly ready: Answer;
  readonly incidents: Answer;
}

/** What each tool of an operator is answered. */
async function toolsOf(server: Server): Promise<Answers> {
  return {
    projections: await server.get('/v1/projections'),
    deadLetters: await server.get('/v1/dead-letters?status=parked'),
    verify: await server.post('/v1/verify', { limit: 5_000 }),
    ready: await server.get('/ready'),
    incidents: await server.get('/v1/incidents'),
  };
}

/** Each tool names the stream, the cause and a remedy: with its response, or in a problem if D1 cannot be read. */
async function expectNamed(server: Server, stream: string, cause: RegExp): Promise<void> {
  const one = expect.objectContaining({
    ...{ stream, cause: expect.stringMatching(cause), remedy: expect.stringMatching(/\w{4}/) },
  });
  const incidents = expect.arrayContaining([one]);
  const { projections, deadLetters, verify, ready, incidents: list } = await toolsOf(server);
  expect(list).toMatchObject({ status: 200, body: { incidents } });
  expect(ready.status).toBe(503);
  const check = { name: 'incidents', ok: false, cause: expect.stringMatching(cause) };
  expect(ready.body.checks).toContainEqual(expect.objectContaining(check));
  for (const { status, body } of [projections, deadLetters]) {
    if (status === 503) expectProblem(body, stream, cause, incidents);
    else expect(body.undelivered).toMatchObject({ streams: 1, events: 1, incidents });
  }
  if (verify.status === 503) expectProblem(verify.body, stream, cause, incidents);
  else expect(verify.body).toMatchObject({ done: true, undelivered: incidents });
  if (projections.status === 503) return;
  expect(projections.body.projections).toContainEqual(
    expect.objectContaining({
      ...{ name: 'products', undelivered: 1, lag: { events: 1, seconds: expect.any(Number) } },
      lastError: expect.stringMatching(cause),
    }),
  );
}

function expectProblem(
  body: Answer['body'],
  stream: string,
  cause: RegExp,
  incidents: unknown,
): void {
  expect(body).toMatchObject({
    ...{ status: 503, cause: expect.stringMatching(cause), remedy: expect.any(String), incidents },
    detail: expect.stringContaining(stream),
  });
}

/** No tool names anything. */
async function expectClean(server: Server): Promise<void> {
  const tools = await toolsOf(server);
  expect(tools.incidents.body).toEqual({ incidents: [] });
  expect(tools.projections.body.undelivered).toMatchObject({ streams: 0, incidents: [] });
  expect(tools.deadLetters.body).toMatchObject({ deadLetters: [], undelivered: { streams: 0 } });
  expect(tools.verify.body).toMatchObject({ differences: [], undelivered: [], done: true });
  expect(tools.ready).toMatchObject({ status: 200, body: { status: 'ready' } });
}

async function journalled(stream: string): Promise<number> {
  return (await rowsOf('SELECT 1 FROM journal WHERE stream = ?', stream)).length;
}

const fails = (text: string) => () => {
  throw new Error(text);
};

const FULL = 'D1_ERROR: Exceeded maximum DB size: database or disk is full: SQLITE_FULL';
const OVERLOADED = 'D1_ERROR: D1 DB is overloaded. Requests queued for too long.';
const TOO_LONG = 'Serialized RPC arguments or return values are limited to 32MiB';

describe('X6 each tool names stream, cause and remedy within 30 seconds, and X8 is clean again by itself', () => {
  test('where the first event never arrived', async () => {
    const { stream } = await registered();
    await firstLook(stream);
    await expectNamed(shop, stream, /have not arrived/);
    await lookAgain();
    await expectClean(shop);
    expect(await journalled(stream)).toBe(1);
  });

  test.each([
    ['a page that cannot be read', TOO_LONG, /too large to be read/],
    [
      'an object that cannot be reached',
      'Internal error in Durable Object storage.',
      /Internal error/,
    ],
  ])('where %s is in the way', async (_what, error, cause) => {
    const broken = deployment(testApp, { unreachable: fails(error) });
    const { stream, messages } = await registered();
    const reference = messages.map((text) => JSON.stringify({ ...JSON.parse(text), events: [] }));
    expect(await broken.deliver(reference)).toBe(1);
    await expectNamed(shop, stream, cause);
    await lookAgain();
    await expectClean(shop);
    expect(await journalled(stream)).toBe(1);
  });

  test('where D1 is full', async () => {
    const { stream, messages } = await registered();
    await shop.get('/v1/projections');
    faults.beforeBatch = fails(FULL);
    expect(await shop.deliver(messages)).toBe(1);
    await expectNamed(shop, stream, /D1 is full: .*SQLITE_FULL/);
    await lookAgain();
    await expectNamed(shop, stream, /D1 is full/);
    faults.beforeBatch = () => undefined;
    await lookAgain();
    await expectClean(shop);
  });

  test('where D1 is overloaded', async () => {
    const { stream, messages } = await registered();
    faults.beforeTrip = fails(OVERLOADED);
    expect(await shop.deliver(messages)).toBe(1);
    await expectNamed(shop, stream, /overloaded/);
    faults.beforeTrip = () => undefined;
    await lookAgain();
    await expectClean(shop);
  });
});

test('X10 with one of Ledge’s own tables missing every route that needs it names it and the command, and events are delivered after the migration', async () => {
  const { stream, messages } = await registered();
  await rowsOf('ALTER TABLE checkpoint RENAME TO away');
  expect(await shop.deliver(messages)).toBe(1);
  await expectNamed(shop, stream, /Table checkpoint is missing/);
  const token = { 'consistent-with': `${stream}@1` };
  const answers = [
    await shop.get('/v1/queries/products', token),
    await shop.get('/v1/projections'),
  ];
  for (const { status, body } of answers) {
    expect(status).toBe(503);
    expect(body.detail).toMatch(/checkpoint.*ledge migrations/);
  }
  const { body: unready } = await shop.get('/ready');
  expect(unready.detail).toMatch(/tables: Tables are missing in D1: checkpoint\. Run `ledge migr/);
  expect((await send(stream, 'ReceiveStock', { quantity: 1 })).status).toBe(200);
  await rowsOf('ALTER TABLE away RENAME TO checkpoint');
  await lookAgain();
  await expectClean(shop);
  expect(await journalled(stream)).toBe(2);
});

test('X6 a deployment that nothing has used yet is ready, and a stranger is not let in', async () => {
  expect(await shop.get('/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
  const closed = { ...shop.env, LEDGE_LOCAL_DEVELOPMENT: 'false' };
  const context = createExecutionContext();
  const answer = await shop.worker.fetch(new Request('http://ledge.test/ready'), closed, context);
  expect(answer.status).toBe(401);
});

test('X11 lag counts what a registered object has and the journal lacks', async () => {
  const { stream, messages } = await registered();
  await shop.deliver(messages);
  for (const quantity of [1, 2, 3]) await send(stream, 'ReceiveStock', { quantity });
  await firstLook(stream);
  const { body } = await shop.get('/v1/projections/products');
  expect(body).toMatchObject({ undelivered: 3, lag: { events: 3 } });
  expect((await shop.get('/v1/projections/orders')).body).toMatchObject({ lag: { events: 0 } });
  await lookAgain();
  await expectClean(shop);
});

test('X5 a stream whose first event never arrived is registered by its alarm while D1 is down, and delivered once D1 is back', async () => {
  const { stream } = await registered();
  faults.beforeTrip = fails(OVERLOADED);
  await firstLook(stream);
  await expectNamed(shop, stream, /overloaded/);
  await lookAgain();
  await expectNamed(shop, stream, /overloaded/);
  faults.beforeTrip = () => undefined;
  await lookAgain();
  await expectClean(shop);
});

describe('X17 after a long outage a new event is looked at within twenty seconds', () => {
  test.each(['warm', 'cold'] as const)('%s, though the looks lie an hour apart', async (memory) => {
    const { stream } = await registered();
    faults.beforeTrip = fails(OVERLOADED);
    faults.clockSkewMs = 3_600_000;
    await runDurableObjectAlarm(objectOf(stream));
    expect(await untilAlarm(stream)).toBeGreaterThan(3_500_000);
    if (memory === 'cold') await evictDurableObject(objectOf(stream));
    expect((await send(stream, 'ReceiveStock', { quantity: 1 })).status).toBe(200);
    const isSoon = async () => (await untilAlarm(stream)) < 20_000;
    await vi.waitUntil(isSoon, { timeout: 10_000, interval: 20 });
  });
});

/** In milliseconds. */
function untilAlarm(stream: string): Promise<number> {
  return runInDurableObject(
    objectOf(stream),
    async (_object, { storage }) =>
      ((await storage.getAlarm()) ?? 0) - (Date.now() + faults.clockSkewMs),
  );
}

test.each(['retry', 'cancel', 'set again'] as const)(
  'X18 the incident of a parked timer is over with a %s',
  async (how) => {
    const whole = deployment(wholeApp);
    const id = `x18-${how.replace(' ', '-')}`;
    const later = {
      id: 'once',
      at: new Date(Date.now() - 1_000).toISOString(),
      command: 'RunTooMuch',
    };
    await whole.post(`/v1/commands/scheduling/${id}/Later`, later);
    made.push(`scheduling/${id}`);
    await runDurableObjectAlarm(objectOf(`scheduling/${id}`));
    const firstSeenAt = async () => {
      const { body } = await whole.get('/v1/incidents');
      return (body.incidents as KnownIncident[]).find(({ kind }) => kind === 'timer/once')
        ?.firstSeenAt;
    };
    const seenAt = await vi.waitUntil(firstSeenAt, { timeout: 10_000 });
    const operation = { timer: 'once', reason: 'Seen to.' };
    const { status } =
      how === 'set again'
        ? await whole.post(`/v1/commands/scheduling/${id}/Later`, {
            ...later,
            at: new Date(Date.now() + 3_600_000).toISOString(),
          })
        : await whole.post(`/v1/timers/scheduling/${id}/${how}`, operation);
    expect(status).toBe(200);
    // A timer that is retried fires at once, and is parked again: that is another incident.
    await vi.waitUntil(async () => (await firstSeenAt()) !== seenAt, { timeout: 10_000 });
  },
);

test('X7 an incident is resolved by the object that reported it, when its events are confirmed', async () => {
  const { stream, messages } = await registered();
  await firstLook(stream);
  expect((await shop.get('/v1/incidents')).body.incidents).toHaveLength(1);
  await shop.deliver(messages);
  await firstLook(stream);
  await expectClean(shop);
});

describe('X9 a projection whose table is missing', () => {
  test('becomes inactive with the table’s name; the journal and the others continue; it is built once the table exists', async () => {
    await shop.deliver((await registered()).messages);
    await rowsOf('ALTER TABLE products_v1 RENAME TO away');
    const { stream, messages } = await registered();
    expect(await shop.deliver(messages)).toBe(0);
    expect(await journalled(stream)).toBe(1);
    const reason = 'Table products_v1 is missing: run `ledge migrations` and apply them.';
    const { body } = await shop.get('/v1/projections/products');
    expect(body).toMatchObject({ state: 'inactive', lastError: reason, lag: { events: 2 } });
    const ready = await shop.get('/ready');
    expect(ready.status).toBe(503);
    expect(ready.body.detail).toMatch(/products_v1.*ledge migrations/);
    await rowsOf('ALTER TABLE away RENAME TO products_v1');
    faults.clockSkewMs += 5_001;
    shop.woken.length = 0;
    await shop.get('/v1/projections');
    expect(shop.woken).toEqual(['products']);
    await shop.buildAll('products');
    await expectClean(shop);
    expect(await rowsOf('SELECT * FROM products_v1')).toHaveLength(2);
  });

  test('starts as inactive if it is new, also with an empty journal', async () => {
    const next = deployment(appWith(works(9)));
    expect((await next.get('/v1/projections/works')).body).toMatchObject({
      state: 'inactive',
      generations: [{ version: 9, reason: expect.stringContaining('Table works_v9 is missing') }],
    });
    expect(await next.get('/v1/queries/works')).toMatchObject({
      ...{ status: 503, body: { detail: expect.stringContaining('Table works_v9 is missing') } },
    });
    const { stream, messages } = await registered();
    expect(await next.deliver(messages)).toBe(0);
    expect(await journalled(stream)).toBe(1);
  });

  test('or has other columns becomes inactive too, and continues from its position', async () => {
    await shop.deliver((await registered()).messages);
    await rowsOf('ALTER TABLE products_v1 RENAME COLUMN name TO title');
    const { stream, messages } = await registered();
    expect(await shop.deliver(messages)).toBe(0);
    expect(await journalled(stream)).toBe(1);
    const { body } = await shop.get('/v1/projections/products');
    expect(body).toMatchObject({ state: 'inactive', lag: { events: 1 } });
    expect(body.lastError).toMatch(/Table products_v1 has no column name: run `ledge migrations`/);
    await rowsOf('ALTER TABLE products_v1 RENAME COLUMN title TO name');
    faults.clockSkewMs += 5_001;
    await shop.get('/v1/projections');
    await shop.buildAll('products');
    await expectClean(shop);
    expect(await rowsOf('SELECT * FROM products_v1')).toHaveLength(2);
  });

  test('is compared once for each revision, not with each batch', async () => {
    await shop.get('/v1/projections');
    await shop.deliver((await registered()).messages);
    let trips = 0;
    faults.beforeTrip = () => void trips++;
    await shop.deliver((await registered()).messages);
    expect(trips).toBe(2);
  });
});

describe('X12 the sweep takes registered streams first', () => {
  test('and repairs a stream that the journal does not know', async () => {
    const { stream } = await registered();
    await firstLook(stream);
    const { body } = await shop.post('/v1/sweep');
    expect(body).toMatchObject({
      ...{ streams: 1, repaired: 1, done: true },
      behind: [{ tenant: 'main', stream, version: 0, head: 1 }],
    });
    await expectClean(shop);
  });

  test('and reports that it could not repair one whose object cannot be read', async () => {
    const { stream } = await registered();
    await firstLook(stream);
    // The sweep itself can be recorded.
    const unreachable = (name: string) => !name.includes('/ledge.audit/');
    const broken = deployment(testApp, { unreachable });
    const { body } = await broken.post('/v1/sweep');
    expect(body).toMatchObject({ repaired: 0, behind: [{ stream }] });
    await expectNamed(shop, stream, /Internal error/);
  });
});

describe('X14 a health object', () => {
  const incident = (stream: string, more: Partial<Incident> = {}): Incident => ({
    ...{ tenant: 'main', stream, kind: 'delivery', version: 1, settledVersion: null },
    ...{ cause: 'D1 is full.', remedy: 'Make room.', ...more },
  });

  test('counts reports, keeps a known cause, and removes incidents up to the settled version', async () => {
    const health = healthOf('0');
    const { cause } = NOT_ARRIVED;
    await health.report([
      incident('a/1'),
      incident('a/1', { version: 3, settledVersion: 1, cause }),
    ]);
    const page = { tenant: 'main', after: ['', ''], limit: 10 } as const;
    expect(await health.list(page)).toMatchObject([
      { stream: 'a/1', version: 3, settledVersion: 1, reports: 2, cause: 'D1 is full.' },
    ]);
    expect(await health.summary()).toMatchObject({
      deliveries: [{ aggregate: 'a', streams: 1, events: 2, cause: 'D1 is full.' }],
    });
    await health.resolve([incident('a/1', { version: 2 })]);
    expect(await health.list(page)).toHaveLength(1);
    await health.resolve([incident('a/1', { version: 3 })]);
    expect(await health.list(page)).toEqual([]);
  });

  test('is tried in turn: a stream without a cure holds up no other', async () => {
    const health = healthOf('0');
    await health.report(['a/1', 'a/2', 'a/3'].map((stream) => incident(stream)));
    const taken: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      faults.clockSkewMs += 1;
      taken.push(...(await health.take(2)).map(({ stream }) => stream));
    }
    expect(taken.slice(0, 4).sort()).toEqual(['a/1', 'a/1', 'a/2', 'a/3']);
    expect(taken.slice(4)).toContain('a/2');
  });

  test('stores the oldest 10,000 and counts the rest for operators', async () => {
    const health = healthOf('0');
    const many = Array.from({ length: 10_002 }, (_, index) => incident(`a/${index}`));
    for (let at = 0; at < many.length; at += 2_000) await health.report(many.slice(at, at + 2_000));
    expect(await health.summary()).toMatchObject({
      deliveries: [{ streams: 10_000 }],
      unlisted: 2,
    });
    const { body } = await shop.get('/v1/projections');
    expect(body.undelivered).toMatchObject({ streams: 10_000, unlisted: 2 });
    await health.resolve(many.slice(0, 10));
    expect(await health.summary()).toMatchObject({ deliveries: [{ streams: 9_990 }], unlisted: 0 });
  });

  test('keeps a timer’s incident until it is resolved, and no check removes it', async () => {
    await healthOf('0').report([incident('a/1', { kind: 'timer/due' })]);
    await lookAgain();
    expect((await shop.get('/v1/incidents')).body.incidents).toMatchObject([{ kind: 'timer/due' }]);
    expect((await shop.get('/v1/projections')).body.undelivered).toMatchObject({ timers: 1 });
  });
});

test('X16 incidents are listed page by page, over all health objects', async () => {
  for (const shard of SHARDS) {
    const incidents = ['a', 'b', 'c'].map((id) => ({
      ...({ tenant: 'main', stream: `x/${shard}${id}`, kind: 'delivery', version: 1 } as const),
      ...{ settledVersion: 0, cause: 'c', remedy: 'r' },
    }));
    await healthOf(shard).report(incidents);
  }
  const seen: unknown[] = [];
  let path: string | undefined = '/v1/incidents?limit=5';
  for (let pages = 0; path && pages < 10; pages++) {
    const { body }: Answer = await shop.get(path);
    seen.push(...(body.incidents as { stream: string }[]).map(({ stream }) => stream));
    path = body.cursor ? `/v1/incidents?limit=5&cursor=${body.cursor}` : undefined;
  }
  expect(seen).toEqual(SHARDS.flatMap((shard) => ['a', 'b', 'c'].map((id) => `x/${shard}${id}`)));
  expect((await shop.get('/v1/incidents?cursor=x')).status).toBe(400);
});

/** A trip to D1 as production has it. */
const TRIP_MS = 30;

const GOOD = 60;
const POISONED = 6;

/** With projections that can be poisoned. */
const poisonable = deployment(appWith(works(1)));

async function worked(note: string): Promise<{ stream: string; messages: string[] }> {
  const stream = `troublesome/health-${++streams}` as const;
  made.push(stream);
  expect((await send(stream, 'Work', { note })).status).toBe(200);
  return { stream, messages: keptMessages() };
}

describe('X15 sixty good streams next to six poisoned ones are applied within 3 seconds', () => {
  test.each([
    ['a handler that throws', 'poison'],
    ['a row that D1 refuses', 'double'],
    ['a missing table', 'a'],
  ])(
    'where the poison is %s',
    async (what, poison) => {
      await poisonable.get('/v1/projections');
      const messages: string[] = [];
      const sentBy: string[] = [];
      for (let index = 0; index < GOOD + POISONED; index++) {
        const isPoisoned = index % 11 === 5;
        const { stream, messages: sent } = await worked(isPoisoned ? poison : 'a');
        messages.push(...sent);
        sentBy.push(stream);
        // Its row is there already, so that its insert is refused.
        if (isPoisoned && poison === 'double')
          await rowsOf("INSERT INTO works_v1 VALUES ('main', ?, 1, 'x')", stream.slice(12));
      }
      if (what === 'a missing table') await rowsOf('ALTER TABLE works_v1 RENAME TO away');
      let trips = 0;
      let rounds = 0;
      faults.beforeTrip = async () => {
        trips++;
        const round = rounds + 1;
        await new Promise((resolve) => setTimeout(resolve, TRIP_MS));
        rounds = Math.max(rounds, round);
      };
      const began = Date.now();
      await poisonable.deliver(messages);
      const tookMs = Date.now() - began;
      faults.beforeTrip = () => undefined;
      if (what === 'a missing table') await rowsOf('ALTER TABLE away RENAME TO works_v1');
      console.log(
        `Beside ${what}: ${tookMs} ms, ${trips} trips to D1, ${rounds} one after another.`,
      );
      const arrived = 'SELECT DISTINCT stream FROM journal JOIN json_each(?) ON value = stream';
      expect(await rowsOf(arrived, JSON.stringify(sentBy))).toHaveLength(GOOD + POISONED);
      // Of the 3 s; the rest is for computing, which takes as long as the machine is busy.
      expect(rounds * TRIP_MS).toBeLessThan(1_500);
      expect(trips).toBeLessThan(100);
    },
    60_000,
  );
});

/** What a handler gives back, though its type forbids it. */
const givenBack: Readonly<Record<string, () => never>> = {
  nothing: () => undefined as never,
  'a text': () => 'a text' as never,
  'a list of numbers': () => [1, 2] as never,
  'a change without a table': () => [{ kind: 'insert', set: {} }] as never,
};

describe('X6 for any result of a handler, its stream and the reason are visible', () => {
  test.each(Object.keys(givenBack))('where it is %s', async (what) => {
    const projection = { ...works(1), handle: givenBack[what] ?? (() => [] as never) };
    const broken = deployment(appWith(projection));
    await broken.get('/v1/projections');
    const { stream, messages } = await worked('a');
    await broken.deliver(messages);
    const { projections, deadLetters, ready } = await toolsOf(broken);
    const shown = JSON.stringify(deadLetters.body);
    const states = JSON.stringify(projections.body);
    expect(shown).toContain(stream);
    expect(states).toMatch(/"lastError":"\w/);
    expect(ready.status).toBe(503);
  });
});
