/**
 * Live queries over real sockets, with the queue bringing the changes: one reader reads nothing, and everybody comes
 * back at once.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyChange, type LiveRow } from '../../core/live/live-difference.ts';
import type { ServerFrame } from '../../core/live/live-protocol.ts';
import { openSocket } from './support/raw-request.ts';
import { type Served, serveLedge } from './support/serve.ts';

const SUBSCRIPTIONS = 64;
const PATIENCE = { timeout: 20_000 };

let ledge: Served;

beforeAll(async () => {
  ledge = await serveLedge();
  const lines = Array.from({ length: 300 }, (_, index) => register(`p-${index}`));
  const answer = await fetch(new URL('/v1/commands', ledge.url), {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });
  expect(answer.status).toBe(200);
  await answer.text();
}, 120_000);
afterAll(() => ledge.server.close());

function register(id: string): string {
  const data = { name: 'n'.repeat(150), priceCents: 1 };
  return JSON.stringify({ aggregate: 'product', id, command: 'RegisterProduct', data });
}

async function receive(id: string): Promise<void> {
  const answer = await fetch(new URL(`/v1/commands/product/${id}/ReceiveStock`, ledge.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"quantity":1}',
  });
  expect(answer.status).toBe(200);
}

/** Follows the same result many times, reads all that it is sent, and says now and then that it is there. */
class Reader {
  isOpen = true;
  #rows: LiveRow[] = [];
  readonly #socket: WebSocket;

  constructor(subscriptions = SUBSCRIPTIONS) {
    const url = new URL('/v1/live', ledge.url);
    url.protocol = 'ws:';
    this.#socket = new WebSocket(url);
    this.#socket.onopen = () => {
      for (let index = 0; index < subscriptions; index++) {
        this.#socket.send(subscribing(`reader-${index}`));
      }
    };
    this.#socket.onmessage = ({ data }) => data !== 'pong' && this.#take(JSON.parse(data));
    this.#socket.onclose = () => {
      this.isOpen = false;
    };
  }

  #take(frame: ServerFrame): void {
    if (!('id' in frame) || frame.id !== 'reader-0') return;
    if (frame.type === 'snapshot') this.#rows = [...frame.rows];
    if (frame.type === 'change') this.#rows = applyChange(this.#rows, frame);
  }

  onHand(id: string): number {
    const found = this.#rows.find(({ key }) => key === id);
    return found ? Object(found.row).onHand : -1;
  }

  ping(): void {
    this.#socket.send('ping');
  }

  close(): void {
    this.#socket.close();
  }
}

function subscribing(id: string): string {
  return JSON.stringify({ type: 'subscribe', id, query: 'products', input: { limit: 1_000 } });
}

/** A socket that says what it wants as many times, and then reads nothing. */
async function deafReader(): Promise<Socket> {
  const socket = await openSocket(ledge.url);
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET /v1/live HTTP/1.1\r\nHost: ledge.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
  for (let index = 0; index < SUBSCRIPTIONS; index++)
    socket.write(textFrame(subscribing(`deaf-${index}`)));
  return socket;
}

/** RFC 6455, section 5.2: a client masks what it sends. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([
    Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff]),
    mask,
    masked,
  ]);
}

/** Each sends fifty rows to every subscription: about a megabyte in all. */
const ROUNDS = 15;

test('B18 a client that neither reads nor sends loses its place, and delays no other', async () => {
  const reader = new Reader();
  await expect.poll(() => reader.onHand('p-49'), PATIENCE).toBe(0);
  const deaf = await deafReader();
  for (let round = 1; round <= ROUNDS; round++) {
    await Promise.all(Array.from({ length: 50 }, (_, index) => receive(`p-${index}`)));
    await expect.poll(() => reader.onHand('p-49'), PATIENCE).toBe(round);
    reader.ping();
  }
  expect(await closeCodeOf(deaf)).toBe(1013);
  expect(reader.isOpen).toBe(true);
  reader.close();
}, 120_000);

/** What it was closed with, once it reads again: two bytes in the close frame, which is the last one. */
function closeCodeOf(socket: Socket): Promise<number> {
  return new Promise((settle) => {
    let end = Buffer.alloc(0);
    socket.on('data', (part) => {
      const read = Buffer.from(String(part), 'latin1');
      end = Buffer.concat([end, read]).subarray(-200);
      const at = end.lastIndexOf(0x88);
      const code = at >= 0 && at + 4 <= end.length ? end.readUInt16BE(at + 2) : 0;
      if (code < 1000 || code > 1015) return;
      socket.destroy();
      settle(code);
    });
    socket.resume();
  });
}

test('B6 a thousand clients that reconnect at once all get their rows', async () => {
  const readers = Array.from({ length: 1_000 }, () => new Reader(1));
  await expect.poll(() => readers.every((one) => one.onHand('p-0') >= 0), PATIENCE).toBe(true);
  await ledge.server
    .getWorker()
    .evictDurableObject('LIVE', { name: 'main/0', webSockets: 'close' });
  await expect.poll(() => readers.every(({ isOpen }) => !isOpen), PATIENCE).toBe(true);
  await receive('p-0');
  const again = readers.map(() => new Reader(1));
  const [first] = again;
  await expect
    .poll(
      () =>
        again.every((one) => one.onHand('p-0') === first?.onHand('p-0') && one.onHand('p-0') > 0),
      PATIENCE,
    )
    .toBe(true);
  for (const reader of again) reader.close();
}, 120_000);
