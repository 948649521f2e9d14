/** Repairs of what other parts missed: streams whose object has more events than D1. */
import { beforeEach, expect, test } from 'vitest';
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

async function versions(): Promise<unknown[]> {
  const rows = await rowsOf<{ version: number }>('SELECT version FROM checkpoint ORDER BY stream');
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
  await rowsOf("INSERT INTO checkpoint VALUES ('main', 'aaa-vanished/v', '', 1)");
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

test.each([{ streams: 0 }, { streams: 501 }, { streams: '5' }, { others: 1 }])(
  'X1 a sweep of %o is refused',
  async (body) => {
    expect((await server.post('/v1/sweep', body)).status).toBe(400);
  },
);
