/** When the client asks for tickets, and what it does with them: over sockets and a clock that belong to the test. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Fetch } from '../../client/host.ts';
import { createClient } from '../../client/index.ts';
import type { app } from '../shop/app.ts';
import { type Reaction, scriptedSockets } from './support/scripted-sockets.ts';

const HOUR_MS = 3_600_000;
/** The longest delay before the first attempt, and no second one. */
const RECONNECTED_MS = 500;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Answers each ping and each subscription. */
const answering: Reaction = (socket, frame) => {
  if (frame === 'ping') return socket.say('pong');
  const { type, id } = JSON.parse(frame);
  if (type === 'subscribe') socket.say({ type: 'snapshot', id, rows: [], seq: 's.1' });
};

/** Each ticket has its number. `statuses`: of the requests for tickets, in their order; 200 after the last. */
async function followed(statuses: readonly number[] = [], lasts: object = { lastsMs: HOUR_MS }) {
  const sockets = scriptedSockets(answering);
  const asked: { readonly url: string; readonly atMs: number }[] = [];
  const beganMs = Date.now();
  const fetch: Fetch = async (url) => {
    asked.push({ url, atMs: Date.now() - beganMs });
    const status = statuses[asked.length - 1] ?? 200;
    return Response.json({ ticket: `t${asked.length}`, expiresAt: '', ...lasts }, { status });
  };
  const client = createClient<typeof app>({
    ...{ url: 'http://ledge.test', token: 'token', fetch, WebSocket: sockets.Socket },
  });
  const live = client.live('products');
  await vi.advanceTimersByTimeAsync(0);
  sockets.made[0]?.open();
  const renewals = (socket = 0) =>
    (sockets.made[socket]?.sent ?? []).flatMap((text) => {
      const frame = text === 'ping' ? {} : JSON.parse(text);
      return frame.type === 'renew' ? [frame.ticket] : [];
    });
  return { client, live, asked, made: sockets.made, renewals };
}

describe('TK16 the client renews its socket in place', () => {
  test('once between seven and eight tenths of its time, each time with a new ticket', async () => {
    const { client, live, asked, made, renewals } = await followed();
    await vi.advanceTimersByTimeAsync(0.7 * HOUR_MS - 1);
    expect(renewals()).toEqual([]);
    await vi.advanceTimersByTimeAsync(0.1 * HOUR_MS + 1);
    expect(renewals()).toEqual(['t2']);
    made[0]?.say({ type: 'renewed', id: 'R', until: '2026-11-26T13:00:00Z' });
    await vi.advanceTimersByTimeAsync(0.8 * HOUR_MS);
    expect(renewals()).toEqual(['t2', 't3']);
    expect(asked.map(({ url }) => new URL(url).pathname)).toEqual(
      Array(3).fill('/v1/live/tickets'),
    );
    // The ticket names the same Live object.
    expect(new Set(asked.map(({ url }) => url)).size).toBe(1);
    expect({ sockets: made.length, rows: live.rows }).toEqual({ sockets: 1, rows: [] });
    expect(client.connection.status).toBe('live');
    client.close();
  });

  test('and again a little later where it gets no ticket, before the time is over', async () => {
    const { client, asked, renewals } = await followed([200, 503, 401]);
    await vi.advanceTimersByTimeAsync(HOUR_MS - 1);
    expect(asked).toHaveLength(4);
    expect(renewals()).toEqual(['t4']);
    client.close();
  });

  test('a few times; a socket that was not renewed is lost, and the next one has a ticket of its own', async () => {
    const statuses = [200, ...Array(20).fill(503)];
    const { client, asked, made, renewals } = await followed(statuses);
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    const refused = asked.length - 1;
    expect(refused).toBeGreaterThan(2);
    expect(refused).toBeLessThan(9);
    statuses.length = 0;
    made[0]?.end(4_401, 'The credential has expired.');
    await vi.advanceTimersByTimeAsync(RECONNECTED_MS);
    expect(renewals()).toEqual([]);
    expect(made).toHaveLength(2);
    client.close();
  });

  test('never over another socket than it was for', async () => {
    const { client, asked, made, renewals } = await followed();
    await vi.advanceTimersByTimeAsync(0.5 * HOUR_MS);
    made[0]?.end(1_006);
    await vi.advanceTimersByTimeAsync(RECONNECTED_MS);
    made[1]?.open();
    await vi.advanceTimersByTimeAsync(0.4 * HOUR_MS);
    expect({ asked: asked.length, first: renewals(0), second: renewals(1) }).toEqual({
      ...{ asked: 2, first: [], second: [] },
    });
    await vi.advanceTimersByTimeAsync(0.4 * HOUR_MS);
    expect(renewals(1)).toEqual(['t3']);
    client.close();
  });

  test('nor after it was closed, and it leaves no timer', async () => {
    const { client, asked } = await followed();
    client.close();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    expect(asked).toHaveLength(1);
  });

  test('nor a socket without an end', async () => {
    const { client, asked } = await followed([], {});
    await vi.advanceTimersByTimeAsync(24 * HOUR_MS);
    expect(asked).toHaveLength(1);
    client.close();
  });
});

test('TK17 the client asks for a ticket before every connect and keeps none', async () => {
  const { client, asked, made } = await followed();
  for (let sockets = 1; sockets <= 4; sockets++) {
    made.at(-1)?.end(1_006);
    await vi.advanceTimersByTimeAsync(RECONNECTED_MS);
    made.at(-1)?.open();
    expect({ made: made.length, asked: asked.length }).toEqual({
      ...{ made: sockets + 1, asked: sockets + 1 },
    });
  }
  client.close();
});
