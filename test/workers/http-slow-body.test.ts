/** Bodies that come slowly, or never to their end. Over real sockets: `test/e2e/raw-sockets.test.ts`. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BODY_WITHIN_MS } from '../../worker/http/read-json.ts';
import { faults } from './support/faults.ts';
import { fetchWorker, get, send, useKeptQueue } from './support/harness.ts';
import { expectNothingStored, expectProblem, objectCount } from './support/hostile.ts';

useKeptQueue();
beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

const CHAI = { name: 'Chai', priceCents: 1800 };
const REGISTER = '/v1/commands/product/slow/RegisterProduct';
const NOT_WHOLE = {
  errors: [{ at: '', message: expect.stringContaining('did not arrive whole') }],
};

/** A body that the test sends piece by piece. */
function slowBody(headers: HeadersInit = { 'content-type': 'application/json' }) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const init: RequestInit = { method: 'POST', headers, body: readable };
  const write = (text: string) => writer.write(new TextEncoder().encode(text));
  return { init, write, end: () => writer.close(), breakOff: (why: Error) => writer.abort(why) };
}

test('H24 while a body is being received no object is woken and no other request waits', async () => {
  const { init, write, end } = slowBody();
  const slow = fetchWorker(REGISTER, init);
  const objects = await objectCount();
  for (const byte of JSON.stringify(CHAI)) {
    await write(byte);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(await objectCount()).toBe(objects);
  const other = await send('product/other', 'RegisterProduct', CHAI);
  expect(other.status).toBe(200);
  await end();
  expect((await slow).status).toBe(200);
});

test.each([REGISTER, '/v1/commands', '/v1/simulate/product/late'])(
  'H24 %s waits a minute for a body, and no longer',
  async (path) => {
    const { init, write } = slowBody();
    const answer = expectProblem('invalid', path, init);
    await write('{"name":"Chai",');
    await vi.advanceTimersByTimeAsync(BODY_WITHIN_MS);
    expect((await answer).body).toMatchObject(NOT_WHOLE);
    await expectNothingStored('product/late');
  },
);

test('H24 a body that is broken off is the sender’s doing, not an error of ours', async () => {
  const { init, write, breakOff } = slowBody();
  const answer = expectProblem('invalid', '/v1/commands/product/broken/RegisterProduct', init);
  await write(JSON.stringify(CHAI));
  await breakOff(new Error('Network connection lost.'));
  expect((await answer).body).toMatchObject(NOT_WHOLE);
  expect(faults.log).toEqual([]);
  await expectNothingStored('product/broken');
});

test('H24 lines that are broken off are not answered, and those of the last window not run', async () => {
  const { init, write, breakOff } = slowBody({ 'content-type': 'application/x-ndjson' });
  const answer = fetchWorker('/v1/commands', init).then((response) => response.text());
  const line = { aggregate: 'product', id: 'lines', command: 'RegisterProduct', data: CHAI };
  await write(`${JSON.stringify(line)}\n`);
  await Promise.all([
    expect(answer).rejects.toThrow('Network connection lost.'),
    breakOff(new Error('Network connection lost.')),
  ]);
  expect((await get('/v1/aggregates/product/lines')).status).toBe(404);
  expect(faults.log).toEqual([]);
});
