/** HEAD answers with the headers of GET, and opens, awaits and holds nothing. */
import { createExecutionContext, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import type { Operation } from '../../worker/api/openapi/operation.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { worker } from './support/entry.ts';
import { env, fetchWorker, send, useKeptQueue } from './support/harness.ts';
import { document, operations } from './support/hostile.ts';

useKeptQueue();

const LIVE_OBJECT = 'main/0';

async function openSockets(): Promise<number> {
  return runInDurableObject(
    env.LIVE.getByName(LIVE_OBJECT),
    (_object, context) => context.getWebSockets().length,
  );
}

const reads = operations().filter(({ method }) => method === 'GET');

/** The address with the first value that its description names for each part, or one that fits. */
function addressOf({ path, operation }: { path: string; operation: Operation }): string {
  const named = new Map(
    (operation.parameters ?? []).flatMap((given) => {
      const parameter =
        '$ref' in given
          ? document.components.parameters[given.$ref.split('/').at(-1) ?? '']
          : given;
      if (parameter?.in !== 'path' || typeof parameter.schema !== 'object') return [];
      return [[parameter.name, String(parameter.schema.enum?.[0] ?? 'head-1')]];
    }),
  );
  return path
    .split('/')
    .map((part) => named.get(part) ?? part)
    .join('/');
}

/** Live objects that count their calls. */
function counted() {
  const { LIVE: live }: LedgeEnv = env;
  let reached = 0;
  const bindings: LedgeEnv = {
    ...env,
    LIVE: {
      getByName: (name) => ({
        fetch: (request) => {
          reached++;
          return live.getByName(name).fetch(request);
        },
        changed: async (watches) => live.getByName(name).changed(watches),
        dismiss: (dismissal) => live.getByName(name).dismiss(dismissal),
      }),
    },
  };
  return { bindings, reached: () => reached };
}

test.each(reads)(
  'H41 HEAD $path reaches no Live object, waits for nothing and has no body',
  async (read) => {
    await send('product/head-1', 'RegisterProduct', { name: 'Head', priceCents: 1 });
    const { bindings, reached } = counted();
    const wait = read.path === '/v1/events' ? '?wait=30&limit=1&after=' : '';
    const end =
      wait && new URL(await lastPosition(), 'http://ledge.test').searchParams.get('after');
    const address = `${addressOf(read)}${wait}${end}`;
    const startedMs = Date.now();
    const request = new Request(`http://ledge.test${address}`, { method: 'HEAD' });
    const head = await worker.fetch(request, bindings, createExecutionContext());
    expect(Date.now() - startedMs).toBeLessThan(2_000);
    expect(head.body).toBeNull();
    expect(reached()).toBe(0);
    if (read.path.startsWith('/v1/live')) return;
    const get = await fetchWorker(wait ? '/v1/events?limit=1' : address);
    expect(head.status).toBe(get.status);
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
    await get.body?.cancel();
  },
);

async function lastPosition(): Promise<string> {
  const { headers } = await fetchWorker('/v1/events?limit=1000');
  return /<(.*)>/.exec(headers.get('link') ?? '')?.[1] ?? '/';
}

test('H41 HEAD of a stream answers the headers of a stream, and refuses what GET refuses', async () => {
  const head = await fetchWorker('/v1/live/products?limit=5', { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(head.headers.get('content-type')).toBe('text/event-stream');
  expect((await fetchWorker('/v1/live/nothing', { method: 'HEAD' })).status).toBe(404);
  expect((await fetchWorker('/v1/live/products?color=red', { method: 'HEAD' })).status).toBe(400);
});

test('H41 HEAD takes no place in the Live object, however often, with an upgrade or without', async () => {
  for (let count = 0; count < 50; count++) {
    await fetchWorker('/v1/live/products', { method: 'HEAD' });
    const { status } = await fetchWorker('/v1/live', {
      method: 'HEAD',
      headers: { upgrade: 'websocket' },
    });
    expect(status).toBe(426);
  }
  expect(await openSockets()).toBe(0);
});
