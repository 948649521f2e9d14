/**
 * What the local runtime notices of a caller that leaves, with the flag that wrangler.toml sets. A streamed answer is
 * ended at its second write; a caller whose answer has not begun is not noticed, so that waiting work needs its own
 * limit.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSocket } from './support/raw-request.ts';
import { type Served, serveWaitingWorker } from './support/serve.ts';

let served: Served;

beforeAll(async () => {
  served = await serveWaitingWorker();
}, 120_000);
afterAll(() => served.server.close());

async function leave(path: string): Promise<void> {
  const socket = await openSocket(served.url);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  socket.destroy();
}

async function noticed(): Promise<unknown> {
  return (await fetch(new URL('/noticed', served.url))).json();
}

test('H50 the reader of a streamed answer is missed soon', async () => {
  await leave('/streamed');
  await expect.poll(noticed, { timeout: 5_000 }).toContain('/streamed');
});

test('H50 OF THE LOCAL RUNTIME: a caller that waits for its answer is not missed', async () => {
  await leave('/waited');
  await expect.poll(noticed, { timeout: 10_000 }).toContain('the end of the wait');
  expect(await noticed()).not.toContain('/waited');
});

test('H50 the Worker has the flag', async () => {
  expect(await readFile('test/shop/wrangler.toml', 'utf8')).toContain('enable_request_signal');
});
