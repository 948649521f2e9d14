/** Live queries of a Ledge that has an `authenticate`: how a socket is let in, and when it ends. */

import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import { createClient, type LedgeProblem } from '../../client/index.ts';
import type { Principal } from '../../worker/runtime/principal.ts';
import type { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { ask, askAs, offeredBy, principals, sendAs } from './support/guarded-shop.ts';
import { GuardedSockets } from './support/guarded-sockets.ts';
import { deliver, env, keptMessages, useKeptQueue } from './support/harness.ts';
import { liveObject } from './support/live-client.ts';

useKeptQueue();

const settle = () => deliver(keptMessages());
const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 10_000, interval: 10 });

function upgrade(subprotocols: readonly string[], more: Record<string, string> = {}) {
  const headers = {
    upgrade: 'websocket',
    'sec-websocket-protocol': subprotocols.join(', '),
    ...more,
  };
  return ask('/v1/live', { headers });
}

async function register(token: string, id: string): Promise<void> {
  const sent = await sendAs(token, `/v1/commands/product/${id}/RegisterProduct`, {
    name: `${token} ${id}`,
    priceCents: 1,
  });
  expect(sent.status).toBe(200);
  await settle();
}

describe('PR9 a socket is let in by a ticket that it offers as a subprotocol', () => {
  test('and the server chooses the other one, or a browser would close it', async () => {
    const { status, webSocket, headers } = await upgrade(await offeredBy('ann-token'));
    expect(status).toBe(101);
    expect(headers.get('sec-websocket-protocol')).toBe('ledge.live');
    webSocket?.accept();
    webSocket?.close();
  });

  test('not without one, nor by several', async () => {
    const [live = '', anns = ''] = await offeredBy('ann-token');
    const [, bobs = ''] = await offeredBy('bob-token');
    for (const offered of [[], [live], [live, anns, bobs], [live, 'ledge.bearer.ann-token']]) {
      const { status, webSocket } = await upgrade(offered);
      expect({ status, webSocket }).toEqual({ status: 401, webSocket: null });
    }
  });

  test('a token in the header counts before a ticket', async () => {
    const headers = { authorization: 'Bearer unknown' };
    expect((await upgrade(await offeredBy('ann-token'), headers)).status).toBe(401);
  });

  test('nor for a page of another origin', async () => {
    const origin = { origin: 'https://stranger.example' };
    expect((await upgrade(await offeredBy('ann-token'), origin)).status).toBe(403);
  });
});

function clientWith(sockets: GuardedSockets, token: string | (() => string)) {
  return createClient<typeof testApp>({
    url: 'https://shop.example',
    token,
    fetch: (url, init) => ask(url.slice('https://shop.example'.length), init),
    WebSocket: sockets.Socket,
  });
}

describe('PR10 the client', () => {
  test('follows with its token what its tenant has, and nothing of another', async () => {
    const sockets = new GuardedSockets();
    const [anns, bobs] = ['ann-token', 'bob-token'].map((token) => {
      const client = clientWith(sockets, token);
      const shown: string[] = [];
      client.live('products', {}, (rows) => shown.push(rows.map(({ name }) => name).join()));
      return { client, shown };
    });
    await register('ann-token', 'followed');
    await register('bob-token', 'followed');
    await until(() => anns?.shown.at(-1) === 'ann-token followed');
    await until(() => bobs?.shown.at(-1) === 'bob-token followed');
    expect(anns?.shown.join()).not.toContain('bob');
    anns?.client.close();
    bobs?.client.close();
  });

  test('asks for its token before every socket, and ends where that is refused', async () => {
    const expiresIn = (ms: number) => new Date(Date.now() + ms);
    const dan = { id: 'user:dan', tenant: 'dans' };
    principals.set('dan-1', { ...dan, expiresAt: expiresIn(60_000) });
    principals.set('dan-2', { ...dan, expiresAt: expiresIn(600_000) });
    principals.set('dan-3', dan);
    let token = 'dan-1';
    const sockets = new GuardedSockets();
    const client = clientWith(sockets, () => token);
    const [shown, problems]: [string[], LedgeProblem[]] = [[], []];
    const onProblem = (problem: LedgeProblem) => problems.push(problem);
    const live = client.live('products', {}, { onProblem });
    const following = (async () => {
      for await (const rows of live) shown.push(rows.map(({ product }) => product).join());
    })();
    await until(() => shown.length === 1);

    token = 'dan-2';
    faults.clockSkewMs = 120_000;
    await register('dan-3', 'x');
    await until(() => shown.at(-1) === 'x');
    expect(sockets).toMatchObject({ opened: 2, closedWith: [4401] });
    expect(problems).toEqual([]);

    faults.clockSkewMs = 700_000;
    await register('dan-3', 'y');
    await expect(following).rejects.toMatchObject({ problem: { kind: 'unauthorized' } });
    expect(problems.at(-1)?.problem.kind).toBe('unauthorized');
    expect(shown.at(-1)).toBe('x');
    client.close();
  });
});

/** A socket with its first frame, opened by a principal with these ends. */
async function openedUntil(tenant: string, ends: Pick<Principal, 'expiresAt' | 'opensUntil'>) {
  principals.set(`${tenant}-token`, { id: 'user:eve', tenant, ...ends });
  principals.set(`${tenant}-new`, { id: 'user:eve', tenant });
  const { webSocket } = await upgrade(await offeredBy(`${tenant}-token`));
  const frames: string[] = [];
  const closes: number[] = [];
  webSocket?.addEventListener('message', ({ data }) => frames.push(String(data)));
  webSocket?.addEventListener('close', ({ code }) => closes.push(code));
  webSocket?.accept();
  const subscribe = () =>
    webSocket?.send(JSON.stringify({ type: 'subscribe', id: 'a', query: 'products' }));
  subscribe();
  await until(() => frames.length === 1);
  return { frames, closes, subscribe };
}

const opened = (tenant: string) => openedUntil(tenant, { expiresAt: inSeconds(60) });

function inSeconds(seconds: number): Date {
  return new Date(Date.now() + seconds * 1_000);
}

describe('PR11 once a credential has expired', () => {
  test('its socket is sent nothing more, and is closed with 4401', async () => {
    const { frames, closes } = await opened('late');
    faults.clockSkewMs = 61_000;
    await register('late-new', 'unseen');
    await until(() => closes.length > 0);
    expect(closes).toEqual([4401]);
    expect(frames).toHaveLength(1);
  });

  test('nor after the object slept', async () => {
    const { frames, closes } = await opened('slept');
    await evictDurableObject(liveObject('slept'), { webSockets: 'hibernate' });
    faults.clockSkewMs = 61_000;
    await register('slept-new', 'unseen');
    await until(() => closes.length > 0);
    expect({ closes, frames: frames.length }).toEqual({ closes: [4401], frames: 1 });
  });

  test('nor is a frame of it read', async () => {
    const { frames, closes, subscribe } = await opened('asking');
    faults.clockSkewMs = 61_000;
    subscribe();
    await until(() => closes.length > 0);
    expect({ closes, frames: frames.length }).toEqual({ closes: [4401], frames: 1 });
  });

  test('its event stream ends', async () => {
    principals.set('stream-token', {
      ...{ id: 'user:eve', tenant: 'stream' },
      expiresAt: new Date(Date.now() + 60_000),
    });
    principals.set('stream-new', { id: 'user:eve', tenant: 'stream' });
    const stream = await askAs('stream-token', '/v1/live/products');
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('event: snapshot')) text += (await reader?.read())?.value ?? '';
    faults.clockSkewMs = 61_000;
    await register('stream-new', 'unseen');
    for (let end = false; !end; ) {
      const { done, value = '' } = (await reader?.read()) ?? { done: true };
      text += value;
      end = done;
    }
    expect(text).not.toContain('unseen');
  });

  test('it opens nothing', async () => {
    faults.clockSkewMs = 120_000;
    principals.set('old-token', { ...{ id: 'e', tenant: 'old' }, expiresAt: new Date() });
    expect(
      (await askAs('old-token', '/v1/live', { headers: { upgrade: 'websocket' } })).status,
    ).toBe(401);
    expect((await askAs('old-token', '/v1/queries/products')).status).toBe(401);
    expect(env.LEDGE_LOCAL_DEVELOPMENT).toBe('true');
  });
});

describe('PR12 the sockets of a principal with `opensUntil`', () => {
  test('are closed then, and its credential opens others', async () => {
    const { frames, closes } = await openedUntil('brief', { opensUntil: inSeconds(60) });
    faults.clockSkewMs = 61_000;
    await register('brief-new', 'unseen');
    await until(() => closes.length > 0);
    expect({ closes, frames: frames.length }).toEqual({ closes: [4401], frames: 1 });
    const { status, webSocket } = await askAs('brief-token', '/v1/live', {
      headers: { upgrade: 'websocket' },
    });
    expect(status).toBe(101);
    webSocket?.accept();
    webSocket?.close();
  });

  test('do not outlive its credential', async () => {
    const ends = { expiresAt: inSeconds(60), opensUntil: inSeconds(600) };
    const { frames, closes } = await openedUntil('both', ends);
    faults.clockSkewMs = 61_000;
    await register('both-new', 'unseen');
    await until(() => closes.length > 0);
    expect({ closes, frames: frames.length }).toEqual({ closes: [4401], frames: 1 });
  });
});
