/** Without credentials a server answers only to host names of this machine, which a page cannot change by DNS. */
import { createExecutionContext } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { worker } from './support/entry.ts';
import { env, useKeptQueue } from './support/harness.ts';

useKeptQueue();

const { LEDGE_DEV_HOSTS: _named, ...unnamed } = env;

function ask(host: string, bindings: LedgeEnv = unnamed, init: RequestInit = {}) {
  const request = new Request(`http://${host}/v1/queries/products`, init);
  return worker.fetch(request, bindings, createExecutionContext());
}

describe('H39 local development answers', () => {
  test.each([
    'localhost',
    'localhost:8787',
    'shop.localhost',
    '127.0.0.1:8787',
    '127.8.9.1',
    '127.1',
    'LOCALHOST',
    '[0:0::1]',
    '[::1]:8787',
  ])('the loopback name %s', async (host) => {
    expect((await ask(host)).status).toBe(200);
  });

  test.each([
    'rebind.attacker.example',
    'localhost.attacker.example',
    'notlocalhost',
    '127.0.0.1.nip.io',
    '192.168.1.4:8787',
    '0.0.0.0:8787',
    '[::]:8787',
    '[fe80::1]',
    'ledge.account.workers.dev',
  ])('no other name: %s is refused, with what to do', async (host) => {
    for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS']) {
      expect((await ask(host, unnamed, { method })).status).toBe(403);
    }
    const socket = await ask(host, unnamed, { headers: { upgrade: 'websocket' } });
    expect(socket.webSocket).toBeNull();
    expect(await socket.json()).toMatchObject({
      ...{ type: '/problems/forbidden', status: 403 },
      detail: expect.stringContaining('LEDGE_DEV_HOSTS'),
    });
  });

  test('a name that LEDGE_DEV_HOSTS holds, and no longer one', async () => {
    const bindings = { ...unnamed, LEDGE_DEV_HOSTS: 'dev.example, 192.168.1.4,[fe80::1]' };
    for (const host of ['dev.example', '192.168.1.4:8787', '[fe80::1]:8787', 'localhost']) {
      expect((await ask(host, bindings)).status).toBe(200);
    }
    expect((await ask('a.dev.example', bindings)).status).toBe(403);
  });
});

test('H40 LEDGE_LOCAL_DEVELOPMENT alone opens nothing under a deployed Worker’s name', async () => {
  for (const host of ['ledge.account.workers.dev', 'events.shop.example']) {
    const request = new Request(`https://${host}/v1/queries/products`);
    expect((await worker.fetch(request, unnamed, createExecutionContext())).status).toBe(403);
  }
});

test('H40 a host in LEDGE_DEV_HOSTS opens nothing without LEDGE_LOCAL_DEVELOPMENT', async () => {
  const bindings = { ...env, LEDGE_LOCAL_DEVELOPMENT: 'false', LEDGE_DEV_HOSTS: 'dev.example' };
  expect((await ask('dev.example', bindings)).status).toBe(401);
});
