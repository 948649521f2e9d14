/** A stream of events whose reader has disconnected releases its place in the Live object. */
import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, test, vi } from 'vitest';
import { env, fetchWorker, useKeptQueue } from './support/harness.ts';

useKeptQueue();

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] }));
afterEach(() => void vi.useRealTimers());

function places(): Promise<number> {
  return runInDurableObject(
    env.LIVE.getByName('main/0'),
    (_object, context) => context.getWebSockets().length,
  );
}

const placesAre = (count: number) =>
  vi.waitUntil(async () => (await places()) === count, { timeout: 2_000, interval: 20 });

async function follow(init: RequestInit = {}): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const response = await fetchWorker('/v1/live/products', init);
  if (!response.body) throw new Error('The stream has a body.');
  return response.body.getReader();
}

test('H50 one that is read stays, however long', async () => {
  const reader = await follow();
  for (let beats = 0; beats < 20; beats++) {
    await reader.read();
    await vi.advanceTimersByTimeAsync(15_000);
  }
  await placesAre(1);
  await reader.cancel();
  await placesAre(0);
});

test('H50 one that nothing is read of for a minute ends', async () => {
  const reader = await follow();
  await reader.read();
  await vi.advanceTimersByTimeAsync(59_000);
  await placesAre(1);
  await vi.advanceTimersByTimeAsync(31_000);
  await placesAre(0);
});

test('H50 one whose request is aborted ends', async () => {
  const leaving = new AbortController();
  await follow({ signal: leaving.signal });
  await placesAre(1);
  leaving.abort();
  await placesAre(0);
});
