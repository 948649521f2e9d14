/** What a principal may hold open at one time, and how many streams it may begin, through the API. */
import { createExecutionContext, evictDurableObject } from 'cloudflare:test';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import * as z from 'zod';
import { defineAccess } from '../../core/access/define-access.ts';
import { rateLimits } from '../../core/protocol/rate-limits.ts';
import { OpenPolls } from '../../worker/access/open-polls.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { env, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { objectCount } from './support/hostile.ts';
import { posting } from './support/keyed-shop.ts';
import { liveObject } from './support/live-client.ts';
import { recordingRate, roomInWindow, statusesOf } from './support/rate-windows.ts';

useKeptQueue();

const all = { commands: 'all', read: 'all', rows: 'all', journal: 'all' } as const;

const access = defineAccess(testApp, {
  claims: z.object({}),
  roles: { customer: all, clerk: all },
  limits: { customer: { class: 'low', sockets: 2, queries: 2, polls: 1 } },
});

const uncounted = { limit: () => Promise.resolve({ success: true }) };

function shop(rates: Partial<typeof env> = {}) {
  const worker = heldLedge(testApp, {
    ...faultyPlatform,
    access,
    authenticate: ({ headers }) => {
      const [id = '', role = ''] = (headers.get('authorization') ?? '').split(' ');
      return { tenant: 'main', id, roles: [role] };
    },
  });
  return (caller: string, path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', caller);
    const asked = new Request(`https://shop.example${path}`, { ...init, headers });
    const bindings = { ...env, RATE_LOW: uncounted, RATE_HIGH: uncounted, ...rates };
    return Promise.resolve(worker.fetch(asked, bindings, createExecutionContext()));
  };
}

describe('QU9 through the API', () => {
  const upgrade = { headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'ledge.live' } };

  async function opened(ask: ReturnType<typeof shop>, caller: string) {
    const { status, webSocket } = await ask(caller, '/v1/live', upgrade);
    webSocket?.accept();
    if (webSocket) onTestFinished(() => webSocket.close());
    return { status, webSocket };
  }

  test('the third socket of a customer is 429, also after a hibernation, and a closed one gives its place back', async () => {
    const ask = shop();
    const ann = 'user:sock customer';
    const first = await opened(ask, ann);
    expect([first.status, (await opened(ask, ann)).status]).toEqual([101, 101]);
    await evictDurableObject(liveObject(), { webSockets: 'hibernate' });
    const refused = await ask(ann, '/v1/live', upgrade);
    expect(refused.headers.get('ratelimit-policy')).toBe('"sockets";q=2');
    expect(await refused.json()).toMatchObject({
      ...{ type: '/problems/too-many-requests', status: 429 },
      ...{ limit: 'sockets', scope: 'principal', quota: 2 },
    });
    expect((await opened(ask, 'user:sock2 clerk')).status).toBe(101);
    first.webSocket?.close();
    await vi.waitUntil(async () => (await opened(ask, ann)).status === 101);
  });
});

describe('QU11 a principal waits with as many polls as it may', () => {
  const ann = 'user:poll customer';

  test('another feed is 429 until the first has ended; one that does not wait is no poll', async () => {
    const ask = shop();
    const feed = '/v1/events?wait=1&stream=order/none';
    const first = ask(ann, feed);
    const refused = await ask(ann, feed);
    expect(await refused.json()).toMatchObject({ status: 429, limit: 'polls', quota: 1 });
    expect((await ask(ann, '/v1/events?stream=order/none')).status).toBe(200);
    const others = ask('user:other customer', feed);
    expect([(await first).status, (await others).status]).toEqual([200, 200]);
    expect((await ask(ann, feed)).status).toBe(200);
  });

  test('an event stream is one, until it is closed', async () => {
    const ask = shop();
    const stream = '/v1/live/products';
    const first = await ask(ann, stream);
    expect([first.status, (await ask(ann, stream)).status]).toEqual([200, 429]);
    await first.body?.cancel();
    const next = await ask(ann, stream);
    expect(next.status).toBe(200);
    await next.body?.cancel();
  });

  test('a place whose request was ended by the platform ends by itself', () => {
    let nowMs = 0;
    const polls = new OpenPolls(() => nowMs);
    const caller = { tenant: 'main', actor: 'ann', limits: { polls: 1 } };
    const place = polls.enter(caller, 10);
    expect(polls.enter(caller, 10)).toMatchObject({ outcome: 'too-many-requests' });
    nowMs = 11;
    expect(polls.enter(caller, 20)).not.toHaveProperty('outcome');
    if (!('outcome' in place)) place.leave();
    expect(polls.enter(caller, 20)).toMatchObject({ outcome: 'too-many-requests' });
  });
});

describe('QU12 a principal of the class low that begins too many streams', () => {
  const { quota, windowSeconds } = rateLimits.RATE_STREAMS;
  const product = (id: string) => `/v1/commands/product/${id}/RegisterProduct`;
  const tea = posting({ name: 'Tea', priceCents: 1 });

  test('is refused its next commands, which wake nothing, until the window has passed; reading goes on', async () => {
    const ask = shop();
    const ann = 'user:begins customer';
    await roomInWindow(windowSeconds, 8_000);
    const statuses = await statusesOf(quota + 2, (index) => ask(ann, product(`b-${index}`), tea));
    expect(statuses).toEqual([...Array.from({ length: quota + 1 }, () => 200), 429]);
    const before = await objectCount();
    const refused = await ask(ann, product('b-0'), tea);
    expect(await refused.json()).toMatchObject({ status: 429, limit: 'streams', quota });
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(windowSeconds);
    expect(await objectCount()).toBe(before);
    expect((await ask(ann, '/v1/aggregates/product/b-0')).status).toBe(200);
    expect((await ask('user:begins2 customer', product('c-0'), tea)).status).toBe(200);
    faults.clockSkewMs += windowSeconds * 1_000;
    expect((await ask(ann, product('b-0'), tea)).status).toBe(200);
  });

  test('counts what began a stream, not what went on with one, was repeated, or is of the class high', async () => {
    const streams = recordingRate(uncounted as RateLimit);
    const ask = shop({ RATE_STREAMS: streams });
    const ann = 'user:counted customer';
    const keyed = { ...tea, headers: { ...tea.headers, 'idempotency-key': 'k-counted' } };
    await ask(ann, product('counted'), keyed);
    await ask(ann, product('counted'), keyed);
    await ask(ann, '/v1/commands/product/counted/ReceiveStock', posting({ quantity: 1 }));
    await ask('user:clerk clerk', product('counted-2'), tea);
    expect(streams.keys).toEqual(['main/user:counted']);
    const rejected = await ask(
      ann,
      '/v1/commands/product/nothing/ReceiveStock',
      posting({ quantity: 1 }),
    );
    expect(rejected.status).toBe(409);
    expect(streams.keys).toHaveLength(2);
  });

  test('in a batch: the lines after the limit are 429, and no later one of their stream overtakes', async () => {
    let left = 2;
    const limit = () => Promise.resolve({ success: left-- > 0 });
    const ask = shop({ RATE_STREAMS: { limit } });
    const lines = Array.from({ length: 40 }, (_, index) =>
      ['RegisterProduct', 'ReceiveStock'].map((command) => ({
        ...{ aggregate: 'product', id: `batch-${index}`, command },
        data: command === 'ReceiveStock' ? { quantity: 1 } : { name: 'Tea', priceCents: 1 },
      })),
    ).flat();
    const response = await ask('user:batch customer', '/v1/commands', posting(lines));
    const answers: { status: number }[] = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const statuses = answers.map(({ status }) => status);
    const accepted = statuses.filter((status) => status === 200).length;
    // What was under way: six streams of two commands each.
    expect(accepted).toBeGreaterThanOrEqual(6);
    expect(accepted).toBeLessThanOrEqual(2 * (2 + 6));
    expect(statuses.filter((status) => status === 429)).toHaveLength(80 - accepted);
    expect(statuses.filter((_, index) => index % 2 === 0)).toEqual(
      statuses.filter((_, index) => index % 2 === 1),
    );
  });
});
