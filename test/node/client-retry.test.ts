/** When a request is sent again, purely, and with a clock and a way that the test holds in its hand. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ask, type ServerAccess } from '../../client/ask.ts';
import { type Answer, thisHost } from '../../client/host.ts';
import { defaultRetryPolicy, nextWaitMs } from '../../client/retry.ts';

const attempted = fc.record({
  attempts: fc.integer({ min: 1, max: 100 }),
  elapsedMs: fc.integer({ min: 0, max: 120_000 }),
  askedMs: fc.integer({ min: 0, max: 600_000 }),
  random: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('U2 a request is retried in time, and a limited number of times', () => {
  test('no earlier than the server asked for, and within the limits of attempts and time', () => {
    fc.assert(
      fc.property(attempted, (after) => {
        const waitMs = nextWaitMs(defaultRetryPolicy, after);
        if (waitMs === undefined) return;
        expect(waitMs).toBeGreaterThanOrEqual(Math.min(after.askedMs, 300_000));
        expect(after.attempts).toBeLessThan(defaultRetryPolicy.attemptsMax);
        expect(after.elapsedMs + waitMs).toBeLessThanOrEqual(defaultRetryPolicy.elapsedMsMax);
      }),
    );
  });

  test('delays double, and two clients that failed together retry at different times', () => {
    const waits = [1, 2, 3].map((attempts) =>
      [0, 1].map((random) =>
        nextWaitMs(defaultRetryPolicy, { attempts, elapsedMs: 0, askedMs: 0, random }),
      ),
    );
    expect(waits).toEqual([
      [100, 200],
      [200, 400],
      [400, 800],
    ]);
  });

  test('the time that Retry-After names is waited for, in seconds or as a date', async () => {
    const { asking, sleeps } = asked([
      busy({ 'retry-after': '7' }),
      busy({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() }),
      busy({ 'retry-after': 'soon' }),
      busy({}),
      new Response('{"rows":[]}'),
    ]);
    expect((await asking).body).toEqual({ rows: [] });
    const [seconds = 0, date = 0, ...others] = sleeps;
    expect(seconds).toBe(7_000);
    expect(date).toBeGreaterThan(50_000);
    expect(others).toEqual([800, 1_600]);
  });

  test.each([400, 401, 403, 404, 409, 412, 413, 422])('%i is an answer', async (status) => {
    const { asking, sleeps } = asked([new Response('{}', { status })]);
    expect((await asking).status).toBe(status);
    expect(sleeps).toEqual([]);
  });

  test.each([408, 429, 500, 502, 503, 504])('%i is retried', async (status) => {
    const { asking, sleeps } = asked([new Response('{}', { status }), new Response('{}')]);
    expect((await asking).status).toBe(200);
    expect(sleeps).toEqual([200]);
  });
});

function busy(headers: Record<string, string>): Response {
  return new Response('', { status: 503, headers });
}

/** Asks a server that answers so, one answer for each attempt. */
function asked(answers: Answer[]) {
  const sleeps: number[] = [];
  const host = {
    ...thisHost,
    fetch: async () => answers.shift() ?? Promise.reject(new Error('one attempt too many')),
    random: () => 1,
    sleep: async (ms: number) => {
      sleeps.push(ms);
    },
  };
  const retry = { ...defaultRetryPolicy, elapsedMsMax: Number.POSITIVE_INFINITY };
  const server: ServerAccess = {
    url: '',
    credential: undefined,
    host,
    retry,
    pause: host.sleep,
    report: () => undefined,
  };
  const question = { method: 'GET', path: '/', headers: {} } as const;
  return { asking: ask(server, question, undefined), sleeps };
}
