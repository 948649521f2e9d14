/** Many sockets on one object: all of them end with the newest rows, and one query serves them all. */
import { expect, test, vi } from 'vitest';
import { applyChange, type LiveRow } from '../../core/live/live-difference.ts';
import type { ServerFrame } from '../../core/live/live-protocol.ts';
import { deliver, fetchWorker, get, keptMessages, send, useKeptQueue } from './support/harness.ts';
import { loseLive, sleepLive } from './support/live-client.ts';

useKeptQueue();

const SOCKETS = 2_000;
const BURST = 50;

interface Watcher {
  readonly socket: WebSocket;
  rows: LiveRow[];
  frames: number;
}

async function watcher(): Promise<Watcher> {
  const { webSocket: socket } = await fetchWorker('/v1/live', {
    headers: { upgrade: 'websocket' },
  });
  if (!socket) throw new Error('The server opened no socket.');
  const one: Watcher = { socket, rows: [], frames: 0 };
  socket.addEventListener('message', ({ data }) => {
    // Checked as frames elsewhere; here there are too many.
    take(one, JSON.parse(String(data)));
  });
  socket.accept();
  socket.send(JSON.stringify({ type: 'subscribe', id: 'c', query: 'products', input: CROWD }));
  return one;
}

const CROWD = { 'product.prefix': 'crowd' };

function take(one: Watcher, frame: ServerFrame): void {
  one.frames++;
  if (frame.type === 'snapshot') one.rows = [...frame.rows];
  if (frame.type === 'change') one.rows = applyChange(one.rows, frame);
}

async function product(id: string): Promise<void> {
  await send(`product/${id}`, 'RegisterProduct', { name: id, priceCents: 1 });
  await deliver(keptMessages());
}

async function everybodyHas(watchers: readonly Watcher[]): Promise<void> {
  const { body } = await get('/v1/queries/products?product.prefix=crowd');
  const newest = JSON.stringify(body.rows);
  const isThere = ({ rows }: Watcher) => JSON.stringify(rows.map(({ row }) => row)) === newest;
  await vi.waitUntil(() => watchers.every(isThere), { timeout: 90_000, interval: 50 });
}

test(`B17 ${SOCKETS} sockets on one object all end with the newest rows, before and after a sleep`, async () => {
  await loseLive();
  await product('crowd-0');
  const openedMs = Date.now();
  const watchers: Watcher[] = [];
  while (watchers.length < SOCKETS) {
    watchers.push(...(await Promise.all(Array.from({ length: 100 }, watcher))));
  }
  await everybodyHas(watchers);
  const burstMs = Date.now();
  for (let index = 1; index <= BURST; index++) await product(`crowd-${index}`);
  await everybodyHas(watchers);
  const [one] = watchers;
  const changes = (one?.frames ?? 0) - 1;
  expect(changes).toBeLessThanOrEqual(BURST);
  expect(new Set(watchers.map(({ frames }) => frames)).size).toBe(1);
  const sleptMs = Date.now();
  await sleepLive();
  await product('crowd-last');
  await everybodyHas(watchers);
  const endMs = Date.now();
  console.log(
    `${SOCKETS} sockets: opened in ${burstMs - openedMs} ms; ${BURST} commits as ${changes} changes to all in ${sleptMs - burstMs} ms; woken and brought up to date in ${endMs - sleptMs} ms`,
  );
  for (const { socket } of watchers) socket.close();
}, 180_000);
