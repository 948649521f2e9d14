/** Batches are held up while the queue is far behind; single commands go on. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cloudflare } from '../../worker/runtime/platform.ts';
import { faults } from './support/faults.ts';
import { env, fetchWorker, keptMessages, useKeptQueue } from './support/harness.ts';
import { objectCount, rowsInD1 } from './support/hostile.ts';
import { posting } from './support/keyed-shop.ts';

useKeptQueue();
afterEach(() => {
  vi.useRealTimers();
});

const line = (id: string, command = 'RegisterProduct') => ({
  ...{ aggregate: 'product', id, command },
  data: command === 'ReceiveStock' ? { quantity: 1 } : { name: 'Tea', priceCents: 1 },
});

async function batch(lines: readonly object[]): Promise<Record<string, unknown>[]> {
  const response = await fetchWorker('/v1/commands', posting(lines));
  expect(response.status).toBe(200);
  const text = (await response.text()).trim();
  return text.split('\n').map((answer) => JSON.parse(answer));
}

const single = (id: string) =>
  fetchWorker(
    `/v1/commands/product/${id}/RegisterProduct`,
    posting({ name: 'Tea', priceCents: 1 }),
  );

let passedMs = 0;

/** Longer than an isolate keeps an answer, also one that another test has got. */
const later = () => {
  passedMs += 5_000;
  faults.clockSkewMs = passedMs;
};

describe('QU13 while more than 100,000 messages wait', () => {
  test('each line of a batch is 503 with a time that varies, and leaves nothing; single commands are executed', async () => {
    faults.backlog = () => Promise.resolve(100_001);
    later();
    const before = [await objectCount(), await rowsInD1(), keptMessages().length];
    const answers = await batch([line('a'), line('a', 'ReceiveStock'), line('b'), line('c')]);
    expect(answers).toHaveLength(4);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        ...{ status: 503, type: '/problems/unavailable', backlog: 100_001 },
      });
      expect(answer.retryAfterSeconds).toBeGreaterThanOrEqual(10);
      expect(answer.retryAfterSeconds).toBeLessThanOrEqual(20);
    }
    expect([await objectCount(), await rowsInD1(), keptMessages().length]).toEqual(before);
    expect((await single('alone')).status).toBe(200);
  });

  test('and no longer, batches are executed', async () => {
    faults.backlog = () => Promise.resolve(100_000);
    later();
    expect(await batch([line('d'), line('d', 'ReceiveStock')])).toMatchObject([
      { status: 200 },
      { status: 200 },
    ]);
  });

  test('a batch that began before is held up from there on, and no line overtakes', async () => {
    let asked = 0;
    faults.backlog = () => Promise.resolve(++asked === 1 ? 0 : 100_001);
    later();
    const lines = Array.from({ length: 400 }, (_, index) => line(`e-${index % 200}`));
    const running = batch(lines);
    await vi.waitUntil(() => asked > 0);
    later();
    const statuses = (await running).map(({ status }) => status);
    const heldUpAt = statuses.indexOf(503);
    for (const [index, status] of statuses.entries()) {
      // The second line of a stream, 200 later, is never executed where the first was not.
      if (index >= 200 && statuses[index - 200] === 503) expect(status).toBe(503);
    }
    expect(heldUpAt).toBeGreaterThan(-1);
    expect(statuses[399]).toBe(503);
  });
});

test('QU13 the queue is asked once in a second by an isolate', async () => {
  let asked = 0;
  faults.backlog = () => Promise.resolve(++asked * 0);
  later();
  for (let index = 0; index < 5; index++) await batch([line(`f-${index}`), line(`g-${index}`)]);
  expect(asked).toBe(1);
  later();
  await batch([line('f-5')]);
  expect(asked).toBe(2);
});

test.each([
  ['fails', () => Promise.reject(new Error('secret'))],
  ['does not answer', () => new Promise<never>(() => undefined)],
])('QU13 a queue that %s holds nothing up, and is logged', async (_how, backlog) => {
  faults.backlog = backlog;
  later();
  expect(await batch([line('h')])).toMatchObject([{ status: 200 }]);
  const lines = faults.log.filter(({ operation }) => operation === 'backlog');
  expect(lines).toMatchObject([{ level: 'warn' }]);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test('QU13 the real queue answers how many messages wait', async () => {
  expect(await cloudflare.backlog(env, 0)).toEqual(expect.any(Number));
});
