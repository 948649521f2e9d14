/** Sockets and event streams that an API key opened, after the key was revoked, replaced or has expired. */
import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { faults } from './support/faults.ts';
import { deliver, keptMessages, useKeptQueue } from './support/harness.ts';
import {
  ADMIN_KEY,
  isolate,
  issued,
  posting,
  revoked,
  withoutDismissal,
} from './support/keyed-shop.ts';
import { liveObject } from './support/live-client.ts';

useKeptQueue();

const SECONDS_TEN = 10_000;
const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 10_000, interval: 10 });

let tenants = 0;

/** A tenant of its own, with a key to write by, and one for the socket. */
async function keyedTenant(input: object = {}) {
  const tenant = `revoked-${++tenants}`;
  const [writer, reader] = [await issued({ tenant }), await issued({ tenant, ...input })];
  /** Commits a row that each subscription is sent. */
  const commit = async (id: string) => {
    const path = `/v1/commands/product/${id}/RegisterProduct`;
    const sent = await isolate()(writer.key, path, posting({ name: id, priceCents: 1 }));
    expect(sent.status).toBe(200);
    await deliver(keptMessages());
  };
  return { tenant, reader, commit };
}

async function opened(key: string) {
  const { webSocket } = await isolate()(key, '/v1/live', { headers: { upgrade: 'websocket' } });
  const socket = webSocket ?? expect.unreachable();
  const frames: string[] = [];
  const closes: number[] = [];
  socket.addEventListener('message', ({ data }) => frames.push(String(data)));
  socket.addEventListener('close', ({ code }) => closes.push(code));
  socket.accept();
  onTestFinished(() => socket.close());
  const subscribe = (id: string) =>
    socket.send(JSON.stringify({ type: 'subscribe', id, query: 'products' }));
  subscribe('a');
  await until(() => frames.length === 1);
  return { frames, closes, subscribe };
}

describe('TK1 ten seconds after a key is revoked nothing is sent to the sockets that it opened', () => {
  test.each([false, true])(
    'and they are closed with 4403; after a hibernation: %s',
    async (slept) => {
      const { tenant, reader, commit } = await keyedTenant();
      const [one, other] = [await opened(reader.key), await opened(reader.key)];
      await commit('seen');
      await until(() => one.frames.length === 2 && other.frames.length === 2);
      await revoked(reader.id);
      if (slept) await evictDurableObject(liveObject(tenant), { webSockets: 'hibernate' });
      faults.clockSkewMs += SECONDS_TEN;
      await commit('unseen');
      await until(() => one.closes.length + other.closes.length === 2);
      for (const { frames, closes } of [one, other]) {
        expect(closes).toEqual([4403]);
        expect(frames.join()).not.toContain('unseen');
      }
    },
  );

  test('nor is a frame of theirs answered', async () => {
    const { reader } = await keyedTenant();
    const { frames, closes, subscribe } = await opened(reader.key);
    await revoked(reader.id);
    faults.clockSkewMs += SECONDS_TEN;
    subscribe('b');
    await until(() => closes.length > 0);
    expect({ closes, frames: frames.length }).toEqual({ closes: [4403], frames: 1 });
  });

  test('nor to event streams, which end', async () => {
    const { reader, commit } = await keyedTenant();
    const stream = await isolate()(reader.key, '/v1/live/products');
    const events = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('event: snapshot')) text += (await events?.read())?.value ?? '';
    await revoked(reader.id);
    faults.clockSkewMs += SECONDS_TEN;
    await commit('unseen');
    for (let isOver = false; !isOver; ) {
      const { done, value = '' } = (await events?.read()) ?? { done: true };
      text += value;
      isOver = done;
    }
    expect(text).not.toContain('unseen');
  });

  test('a valid key goes on, however long', async () => {
    const { reader, commit } = await keyedTenant();
    const { frames, closes } = await opened(reader.key);
    for (let commits = 1; commits <= 3; commits++) {
      faults.clockSkewMs += 60_000;
      await commit(`p-${commits}`);
      await until(() => frames.length === 1 + commits);
    }
    expect(closes).toEqual([]);
    expect(frames.map((frame) => JSON.parse(frame).type)).toEqual([
      ...['snapshot', 'change', 'change', 'change'],
    ]);
  });
});

describe('TK2 a socket whose key ended otherwise is closed with 4401, since another key may open the next', () => {
  test('a key that was rotated without a grace period', async () => {
    const { reader, commit } = await keyedTenant();
    const { frames, closes } = await opened(reader.key);
    await isolate(withoutDismissal)(
      ADMIN_KEY,
      `/v1/keys/${reader.id}/rotate`,
      posting({ graceMs: 0 }),
    );
    faults.clockSkewMs += SECONDS_TEN;
    await commit('unseen');
    await until(() => closes.length > 0);
    expect({ closes, frames: frames.length }).toEqual({ closes: [4401], frames: 1 });
  });

  test('a key whose grace period is over', async () => {
    const { reader, commit } = await keyedTenant();
    const { frames, closes } = await opened(reader.key);
    await isolate(withoutDismissal)(
      ADMIN_KEY,
      `/v1/keys/${reader.id}/rotate`,
      posting({ graceMs: 60_000 }),
    );
    faults.clockSkewMs += 30_000;
    await commit('seen');
    await until(() => frames.length === 2);
    faults.clockSkewMs += 30_001;
    await commit('unseen');
    await until(() => closes.length > 0);
    expect({ closes, frames: frames.length }).toEqual({ closes: [4401], frames: 2 });
  });
});

test('TK13 a feed that waits answers nothing ten seconds after its key was revoked', async () => {
  const { reader, commit } = await keyedTenant();
  await commit('before');
  const ask = isolate();
  const begun: { after: string } = await (await ask(reader.key, '/v1/events')).json();
  const waiting = ask(reader.key, `/v1/events?wait=30&after=${begun.after}`);
  await revoked(reader.id);
  faults.clockSkewMs += SECONDS_TEN;
  await commit('after');
  const response = await waiting;
  expect(response.status).toBe(401);
  expect(await response.text()).not.toContain('after');
});
