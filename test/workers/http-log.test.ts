/** The log line of a request that fails: its route, never its address or content. */
import { createExecutionContext } from 'cloudflare:test';
import { expect, test } from 'vitest';
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
