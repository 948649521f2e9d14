/** Repairs of what other parts missed: streams whose object has more events than D1. */
import { beforeEach, expect, test } from 'vitest';
import { walkStreams } from '../../worker/maintenance/walk-streams.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { streamWithoutId } from '../../worker/runtime/written-line.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';

useKeptQueue();
beforeEach(async () => {
  await env.DB.batch(['checkpoint', 'sweep'].map((name) => env.DB.prepare(`DELETE FROM ${name}`)));
});

const server = deployment(testApp);

let runs = 0;

/** Streams that D1 knows of, and that have an event more than it has. */
async function laggingStreams(count: number): Promise<string[]> {
  runs++;
  const streams = Array.from({ length: count }, (_, index) => `troublesome/s${runs}-${index}`);
  for (const stream of streams) await send(stream as `${string}/${string}`, 'Work', {});
  await server.deliver(keptMessages());
  for (const stream of streams) await send(stream as `${string}/${string}`, 'Work', {});
  keptMessages();
  return streams;
}

async function versions(of = '*'): Promise<unknown[]> {
  const rows = await rowsOf<{ version: number }>(
    'SELECT version FROM checkpoint WHERE stream GLOB ? ORDER BY stream',
    of,
  );
  return rows.map(({ version }) => version);
}

test('X1 a stream that D1 has less of than its object is found and repaired, and reported', async () => {
  const [first, second] = await laggingStreams(2);
  const { body } = await server.post('/v1/sweep');
  expect(body).toEqual({
    streams: 2,
    behind: [
      { tenant: 'main', stream: first, version: 1, head: 2 },
      { tenant: 'main', stream: second, version: 1, head: 2 },
    ],
    repaired: 2,
    done: true,
  });
  expect(await versions()).toEqual([2, 2]);
  expect((await server.post('/v1/sweep')).body).toMatchObject({ behind: [], repaired: 0 });
});

test('X2 each tick takes the next streams, and the walk restarts after the last', async () => {
  await laggingStreams(5);
  const ticks: unknown[] = [];
  for (let tick = 0; tick < 4; tick++)
    ticks.push((await server.post('/v1/sweep', { streams: 2 })).body);
  expect(ticks).toMatchObject([
    { streams: 2, repaired: 2, done: false },
    { streams: 2, repaired: 2, done: false },
    { streams: 1, repaired: 1, done: true },
    { streams: 2, repaired: 0, done: false },
  ]);
  expect(await versions()).toEqual([2, 2, 2, 2, 2]);
});

test('X3 the cron does it, and an object that cannot be read does not stop it', async () => {
  await laggingStreams(2);
  await rowsOf(
    "INSERT INTO checkpoint (tenant, stream, projection, version) VALUES ('main', 'aaa-vanished/v', '', 1)",
  );
  await server.worker.scheduled({} as ScheduledController, server.env);
  expect(await versions()).toEqual([1, 2, 2]);
  expect(faults.log).toContainEqual(
    expect.objectContaining({ operation: 'sweep', stream: streamWithoutId('aaa-vanished/v') }),
  );
});

test('X4 the cron wakes pending builds', async () => {
  await laggingStreams(1);
  await rowsOf("UPDATE generation SET state = 'catching-up' WHERE projection = 'orders'");
  server.woken.length = 0;
  await server.worker.scheduled({} as ScheduledController, server.env);
  expect(server.woken).toEqual(['orders']);
  await server.buildAll('orders');
});

const MINUTES_A_DAY = 1_440;

/** The streams whose objects a day of the cron's ticks asks, in a deployment without traffic. */
async function askedInADay(streams: number): Promise<string[]> {
  await rowsOf(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO checkpoint (tenant, stream, projection, version)
    SELECT 'main', 'troublesome/idle-' || i, '', 1 FROM n`,
    streams,
  );
  const asked: string[] = [];
  const start = Date.now();
  for (let minute = 0; minute < MINUTES_A_DAY; minute++) {
    const projector = {
      ...server.projector,
      nowMs: () => start + minute * 60_000,
      // There are too many for objects of their own; each has what D1 has.
      readHead: async (_tenant: string, stream: string) => {
        asked.push(stream);
        return 1;
      },
    };
    await walkStreams(projector, { streams: 100, pace: 'daily', known: new Set() });
  }
  return asked;
}

test.each([
  [10, 10],
  [1_000, 1_000],
  [100_000, 50_400],
])(
  'X19 the cron asks the objects of %i idle streams %i times a day, each at most once',
  async (streams, requests) => {
    const asked = await askedInADay(streams);
    expect(asked).toHaveLength(requests);
    expect(new Set(asked).size).toBe(requests);
  },
  120_000,
);

test('X19 while the walk rests, a tick asks health objects and no aggregate, and the next day it begins again', async () => {
  const streams = await laggingStreams(2);
  const { AGGREGATE, HEALTH }: LedgeEnv = server.env;
  let asked: string[] = [];
  let objects: string[] = [];
  const tick = async () => {
    objects = [];
    asked = [];
    const counted = (binding: string, namespace: LedgeEnv['HEALTH' | 'AGGREGATE']) => ({
      getByName: (name: string) => {
        asked.push(binding);
        objects.push(name);
        return namespace.getByName(name);
      },
    });
    const counting = {
      ...server.env,
      AGGREGATE: counted('aggregate', AGGREGATE),
      HEALTH: counted('health', HEALTH),
    };
    await server.worker.scheduled({} as ScheduledController, counting as LedgeEnv);
    return asked.filter((binding) => binding === 'aggregate').length;
  };
  expect(await tick()).toBeGreaterThan(0);
  // The cron also delivers what streams of earlier tests lack, where these have reported it by now.
  expect(await versions(`troublesome/s${runs}-*`)).toEqual([2, 2]);
  expect(await tick()).toBe(0);
  // Four for the incidents that are due, and six for where the deployment stands.
  expect(asked).toEqual(Array(10).fill('health'));
  faults.clockSkewMs = MINUTES_A_DAY * 60_000;
  await tick();
  const own = objects.filter((name) => streams.some((stream) => name.endsWith(`/${stream}`)));
  expect(own.sort()).toEqual(streams.map((stream) => `main/${stream}`));
});

test.each([{ streams: 0 }, { streams: 501 }, { streams: '5' }, { others: 1 }])(
  'X1 a sweep of %o is refused',
  async (body) => {
    expect((await server.post('/v1/sweep', body)).status).toBe(400);
  },
);
