/** The log line of a request that fails: its route, never its address or content. */
import { createExecutionContext } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { shortHash } from '../../worker/runtime/written-line.ts';
import { worker } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { env, useKeptQueue } from './support/harness.ts';

useKeptQueue();

test('H52 a request that breaks is logged without its query string and its headers', async () => {
  const broken = { ...env, DB: null as unknown as D1Database };
  const request = new Request('http://localhost/v1/queries/orders?customer=ann%40shop.example', {
    headers: { authorization: 'Bearer ann-secret' },
  });
  const response = await worker.fetch(request, broken, createExecutionContext());
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('ann');
  expect(faults.log).toMatchObject([
    { operation: 'http', route: '/v1/queries/:name', query: 'orders', status: 500 },
  ]);
  expect(JSON.stringify(faults.log)).not.toMatch(/ann[@%-]/);
});

describe('LG6 a request is one line: its route, its answer, its caller as a hash', () => {
  const ask = async (path: string, bindings: object, init: RequestInit = {}) => {
    const request = new Request(`http://localhost${path}`, init);
    const response = await worker.fetch(request, { ...env, ...bindings }, createExecutionContext());
    await response.body?.cancel();
  };
  const all = { LEDGE_LOG_REQUESTS: 'true' };
  const caller = { tenant: 'main', principal: shortHash('local-developer') };

  test.each([
    [
      '/v1/queries/orders?customer=ann',
      { route: '/v1/queries/:name', query: 'orders', status: 200 },
    ],
    ['/v1/queries/ann', { route: '/v1/queries/:name', status: 404 }],
    ['/v1/streams/order/ann', { route: '/v1/streams/:aggregate/:id', status: 200 }],
    ['/v1/ann', { route: 'none', status: 404 }],
  ])('%s', async (path, line) => {
    await ask(path, all);
    expect(faults.log).toEqual([
      {
        ...{ level: 'info', operation: 'http', method: 'GET', ...caller, ...line },
        durationMs: expect.any(Number),
      },
    ]);
  });

  test('one without a caller too', async () => {
    await ask('/v1/queries/orders', { ...all, LEDGE_LOCAL_DEVELOPMENT: '' });
    expect(faults.log).toMatchObject([{ level: 'warn', route: '/v1/queries/:name', status: 401 }]);
    expect(faults.log[0]).not.toHaveProperty('principal');
  });

  test('one that succeeds, or is refused, costs no line unless the deployment asks for it', async () => {
    await ask('/v1/queries/orders', {});
    await ask('/v1/queries/ann', {});
    expect(faults.log).toEqual([]);
  });
});

test('LG8 a schedule that fails names its steps to the platform, and quotes no failure', async () => {
  faults.beforeTrip = () => {
    throw new Error('D1_ERROR: ann@shop.example');
  };
  const failed = worker.scheduled({} as ScheduledController, env);
  await expect(failed).rejects.toThrow(/^Upkeep failed: [a-z, -]+\.$/);
});
