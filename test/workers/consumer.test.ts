/** The consumer during failures of the platform: committed work counts, the rest waits, nothing is lost. */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { command, defineReactor } from '../../core/process/reactor.ts';
import { sizeWarning } from '../../worker/d1/database-size.ts';
import { runProjections } from '../../worker/projections/run-projections.ts';
import { streamWithoutId } from '../../worker/runtime/written-line.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { env, get, keptMessages, objectOf, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { recordedBatch } from './support/recorded-batch.ts';
import { troublesome } from './support/troublesome.ts';

useKeptQueue();
beforeEach(async () => {
  const tables = [
    'journal_page',
    'checkpoint',
    'generation',
    'serving_set',
    'dead_letter',
    'sweep',
  ];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  // A new deployment changes the serving set first.
  await server.get('/v1/projections');
});

const server = deployment(testApp);

const OVERLOADED = 'D1_ERROR: D1 DB is overloaded. Requests queued for too long.';
const FULL = 'D1_ERROR: Exceeded maximum DB size';

let streams = 0;

function storedEvent(stream: string, version: number, note: string) {
  const at = '2026-11-01T12:00:00.000Z';
  return {
    ...{ id: `${stream}@${version}`, tenant: 'main', stream, version, type: 'Worked' },
    ...{ schemaVersion: 1, data: { note }, recordedAt: at, occurredAt: at },
    metadata: { actor: 'test', commandId: 'c', causationId: 'c', correlationId: 'c' },
  };
}

/** Each of a stream of its own, near the limit of the queue: 120 kB. */
function largeMessages(count: number): string[] {
  return Array.from({ length: count }, () => {
    const stream = `troublesome/large-${++streams}`;
    const events = [1, 2, 3].map((version) => storedEvent(stream, version, 'x'.repeat(39_500)));
    return JSON.stringify({ tenant: 'main', stream, version: 3, events });
  });
}

async function consumed(bodies: readonly string[], attempts = 1, consumer = server) {
  const { batch, decisions } = recordedBatch(bodies, attempts);
  await consumer.worker.queue(batch, consumer.env);
  return decisions;
}

async function journalled(prefix: string): Promise<number> {
  const [row] = await rowsOf<{ n: number }>(
    `SELECT count(*) AS n FROM journal WHERE stream LIKE '${prefix}%'`,
  );
  return row?.n ?? 0;
}

describe('P12 a batch is worked off in runs of at most 4 MB', () => {
  test('the largest that the queue can bring: a hundred messages of 120 kB', async () => {
    let batches = 0;
    faults.beforeBatch = () => {
      batches++;
    };
    const messages = largeMessages(100);
    const megabytes = messages.join('').length / 1e6;
    expect(megabytes).toBeGreaterThan(11.8);
    expect(await consumed(messages)).toEqual(messages.map(() => 'ack'));
    // One D1 batch a run, and none of them much larger than 4 MB.
    expect(batches).toBe(Math.ceil(megabytes / 4) + 1);
    expect(await journalled('troublesome/large-')).toBe(300);
  }, 60_000);
});

describe('P11 committed messages are acknowledged, the rest are retried later', () => {
  test.each([
    ['overloaded', OVERLOADED],
    ['full', FULL],
    ['unreachable', 'D1_ERROR: Network connection lost.'],
  ])(
    'when D1 is %s in the middle',
    async (kind, text) => {
      let batches = 0;
      faults.beforeBatch = () => {
        if (++batches > 1) throw new Error(text);
      };
      const messages = largeMessages(100);
      const decisions = await consumed(messages, 3);
      const acked = decisions.filter((one) => one === 'ack').length;
      expect(acked).toBeGreaterThan(20);
      expect(acked).toBeLessThan(50);
      expect(decisions.slice(0, acked)).toEqual(messages.slice(0, acked).map(() => 'ack'));
      for (const delay of decisions.slice(acked)) {
        expect(delay).toBeGreaterThanOrEqual(6);
        expect(delay).toBeLessThanOrEqual(8);
      }
      // This invocation does not call a failing D1 again.
      expect(batches).toBe(2);
      expect(faults.log).toContainEqual(expect.objectContaining({ operation: 'consume', kind }));

      faults.beforeBatch = () => undefined;
      expect(await consumed(messages, 4)).toEqual(messages.map(() => 'ack'));
      expect(await journalled('troublesome/large-')).toBe(300);
    },
    60_000,
  );
});

test('F14 an outage of an hour makes no dead letter', async () => {
  await send('troublesome/outage', 'Work', { note: 'a' });
  const messages = keptMessages().filter((one) => one.includes('troublesome/outage'));
  faults.beforeTrip = () => {
    throw new Error(OVERLOADED);
  };
  let attempts = 0;
  for (let seconds = 0; seconds < 3_600; ) {
    const [decision] = await consumed(messages, ++attempts);
    expect(decision).toBeGreaterThan(0);
    expect(decision).toBeLessThanOrEqual(600);
    seconds += Number(decision);
  }
  expect(attempts).toBeLessThan(20);
  faults.beforeTrip = () => undefined;
  expect(await consumed(messages, ++attempts)).toEqual(['ack']);
});

test('F15 a full database loses nothing: commands continue, and everything catches up once there is room', async () => {
  await send('troublesome/full', 'Work', { note: 'a' });
  await server.deliver(keptMessages());
  faults.beforeBatch = () => {
    throw new Error(FULL);
  };
  for (const note of ['b', 'c']) {
    expect((await send('troublesome/full', 'Work', { note })).status).toBe(200);
  }
  // One message waits in the queue, the other one is lost.
  const [message = ''] = keptMessages().filter((one) => one.includes('troublesome/full'));
  expect(await consumed([message])).toEqual([expect.any(Number)]);
  const token = { 'consistent-with': 'troublesome/full@3' };
  const answer = await server.get('/v1/queries/products', token);
  expect([200, 503]).toContain(answer.status);
  faults.clockSkewMs = 60_000;
  await runDurableObjectAlarm(objectOf('troublesome/full'));
  expect(keptMessages().filter((one) => one.includes('troublesome/full'))).toHaveLength(1);

  faults.beforeBatch = () => undefined;
  expect(await consumed([message], 2)).toEqual(['ack']);
  faults.clockSkewMs = 600_000;
  await runDurableObjectAlarm(objectOf('troublesome/full'));
  const reminders = keptMessages().filter((one) => one.includes('troublesome/full'));
  expect(await consumed(reminders)).toEqual(reminders.map(() => 'ack'));
  expect(await journalled('troublesome/full')).toBe(3);
});

test('F15 a database that fills is seen before it is full', async () => {
  const { body } = await server.get('/v1/projections');
  expect(body.database).toEqual({
    name: 'DB',
    bytes: expect.any(Number),
    limitBytes: 10_000_000_000,
    warning: null,
  });
  expect(sizeWarning(6_999_999_999)).toBeNull();
  expect(sizeWarning(7_100_000_000)).toMatch(/^The database is 71 % full\./);
});

test('R11 a batch that lost its race has written no page of the journal', async () => {
  const [message = ''] = largeMessages(1);
  const prepared: string[] = [];
  const database = new Proxy(env.DB, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      if (name !== 'prepare') return method.bind(target);
      return (sql: string) => {
        prepared.push(sql);
        return target.prepare(sql);
      };
    },
  });
  await runProjections({ ...server.projector, database }, [JSON.parse(message)]);
  const writes = prepared.filter((sql) => /INSERT INTO (checkpoint|journal_page)/.test(sql));
  const tables = writes.map((sql) => /INTO (\w+)/.exec(sql)?.[1]);
  expect(tables.slice(0, 2)).toEqual(['checkpoint', 'journal_page']);
});

/** Every note is written down again, in the stream of its echo. */
const echo = defineReactor({
  name: 'echo',
  from: [troublesome],
  startsAt: 'now',
  on: {
    troublesome: {
      Worked: ({ aggregateId, data: { note } }) =>
        aggregateId.startsWith('echo-') || note === 'quiet'
          ? []
          : command(troublesome, `echo-${aggregateId}`, 'Work', { note }),
    },
  },
});
const echoApp = defineApp({ ...testApp, reactors: [echo] });
const hangs = (name: string) => name.endsWith('/echo-hung') || name.endsWith('/echo-half');
const hanging = deployment(echoApp, { hanging: hangs });
const echoing = deployment(echoApp);

async function messagesOf(id: string, ...notes: readonly string[]): Promise<string[]> {
  for (const note of notes) await send(`troublesome/${id}`, 'Work', { note });
  return keptMessages().filter((one) => one.includes(`troublesome/${id}"`));
}

async function echoesOf(id: string): Promise<unknown[]> {
  const { body } = await get(`/v1/streams/troublesome/echo-${id}`);
  return (body.events as { data: { note: string } }[]).map(({ data }) => data.note);
}

describe('P14 a reactor that hangs delays only its own streams', () => {
  beforeEach(() => hanging.get('/v1/projections'));

  test('neighbours are in the read models while it hangs, and nothing is done twice', async () => {
    const quiet = await messagesOf('quiet-one', 'quiet');
    const lively = await messagesOf('lively', 'a', 'b');
    const hung = await messagesOf('hung', 'quiet', 'c', 'd');
    let isConsuming = true;
    const consuming = consumed([...hung, ...quiet, ...lively], 1, hanging).finally(() => {
      isConsuming = false;
    });
    while (isConsuming && (await journalled('troublesome/quiet-one')) === 0)
      await scheduler.wait(20);
    expect(isConsuming).toBe(true);
    const decisions = await consuming;
    const own = decisions.slice(0, hung.length);
    expect(decisions.slice(hung.length)).toEqual([...quiet, ...lively].map(() => 'ack'));
    expect(own.at(-1)).toEqual(expect.any(Number));
    expect(await echoesOf('lively')).toEqual(['a', 'b']);
    // Of the stream itself, the events before the call that hangs were applied.
    expect(await journalled('troublesome/hung')).toBe(1);

    expect(await consumed([...hung, ...quiet, ...lively], 2, echoing)).not.toContain(undefined);
    expect(await echoesOf('hung')).toEqual(['c', 'd']);
    expect(await echoesOf('lively')).toEqual(['a', 'b']);
    expect(await journalled('troublesome/hung')).toBe(3);
  }, 20_000);

  test('once its event is a minute old, journal and projections move on without it', async () => {
    const hung = await messagesOf('half', 'c', 'd');
    faults.clockSkewMs = 120_000;
    expect(await consumed(hung, 7, hanging)).toEqual(hung.map(() => 'ack'));
    expect(await journalled('troublesome/half')).toBe(2);
    expect(await rowsOf("SELECT * FROM dead_letter WHERE stream = 'troublesome/half'")).toEqual([]);
    await echoing.post('/v1/sweep');
    expect(await echoesOf('half')).toEqual(['c', 'd']);
  }, 20_000);
});

test('P15 a step that fails for a reason of its own holds back its own stream alone', async () => {
  const concerned = await messagesOf('unlucky', 'a');
  await send('product/lucky', 'RegisterProduct', { name: 'Chai', priceCents: 5 });
  const others = keptMessages().filter((one) => one.includes('product/lucky'));
  // The journal takes every event; here its own table refuses one.
  await rowsOf(`CREATE TRIGGER unlucky BEFORE INSERT ON journal_page
    WHEN NEW.body GLOB '*troublesome/unlucky*'
    BEGIN SELECT RAISE(ABORT, 'not this one'); END`);
  const decisions = await consumed([...concerned, ...others]);
  await rowsOf('DROP TRIGGER unlucky');
  expect(decisions).toEqual([expect.any(Number), 'ack']);
  expect(faults.log).toContainEqual(
    expect.objectContaining({
      operation: 'journal',
      stream: streamWithoutId('troublesome/unlucky'),
    }),
  );
  expect(await consumed(concerned)).toEqual(['ack']);
});

describe('F16 a step of the cron that fails stops no other one', () => {
  test.each([1, 2, 3, 4])('when its trip %i to D1 fails', async (failing) => {
    await messagesOf(`cron-${failing}`, 'a');
    await server.post('/v1/sweep'); // D1 does not know the stream: nothing to repair
    const first = await messagesOf(`swept-${failing}`, 'a');
    expect(await consumed(first)).toEqual(first.map(() => 'ack'));
    await messagesOf(`swept-${failing}`, 'b'); // lost
    await rowsOf('DELETE FROM sweep'); // the cron's walk does not rest
    let trips = 0;
    faults.beforeTrip = () => {
      if (++trips === failing) throw new Error(OVERLOADED);
    };
    const ticks = [0, 1, 2];
    const controller = {
      scheduledTime: 0,
      cron: '',
      type: 'scheduled' as const,
      noRetry: () => {},
    };
    for (const _tick of ticks) {
      await server.worker.scheduled(controller, server.env).catch(() => undefined);
      if (trips > failing + 2) break;
    }
    expect(faults.log).toContainEqual(expect.objectContaining({ operation: 'upkeep' }));
    // The step that walks the streams did its work in the tick in which another one failed.
    if (failing < 4) expect(await journalled(`troublesome/swept-${failing}`)).toBe(2);
  });
});

test('F17 a message that cannot be parsed is retried ten times, then recorded for the deployment', async () => {
  const [early] = await consumed(['{"of": "a newer deployment"}'], 9);
  expect(early).toEqual(expect.any(Number));
  expect(await rowsOf('SELECT * FROM dead_letter')).toEqual([]);
  expect(await consumed(['{"of": "nobody"}'], 10)).toEqual(['ack']);
  const kept = await rowsOf('SELECT tenant, id, status FROM dead_letter');
  expect(kept).toEqual([
    { tenant: 'ledge', id: expect.stringMatching(/^message\//), status: 'discarded' },
  ]);
  faults.beforeTrip = () => {
    throw new Error(FULL);
  };
  expect(await consumed(['{"of": "nobody"}'], 11)).toEqual([expect.any(Number)]);
});
