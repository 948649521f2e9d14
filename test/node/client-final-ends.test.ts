/** The ends of live queries, over sockets whose server is the test: which are final, and for which query. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Fetch } from '../../client/host.ts';
import { createClient, type LedgeProblem } from '../../client/index.ts';
import type { app } from '../shop/app.ts';
import { type Reaction, scriptedSockets } from './support/scripted-sockets.ts';

const gone: Fetch = () => Promise.reject(new Error('No server is here.'));
const clients: { close(): void }[] = [];

function clientWith(react: Reaction = () => undefined, fetch = gone, more: object = {}) {
  const sockets = scriptedSockets(react);
  const { Socket: WebSocket, made, socket } = sockets;
  const client = createClient<typeof app>({ url: 'http://ledge.test', fetch, WebSocket, ...more });
  clients.push(client);
  return { client, made, socket };
}

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  vi.restoreAllMocks();
});

const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 5_000, interval: 5 });
const sentOf = (frame: string) => (frame === 'ping' ? {} : JSON.parse(frame));

/** Answers every subscription but those to `fatal`, for which it closes the socket. */
function fatalServer(fatal: string, code: number): Reaction {
  return (socket, frame) => {
    const { type, id, query } = sentOf(frame);
    if (frame === 'ping') socket.say('pong');
    if (type !== 'subscribe') return;
    queueMicrotask(() => {
      if (query === fatal) socket.end(code, 'No.');
      else socket.say({ type: 'snapshot', id, rows: [], seq: 's.1' });
    });
  };
}

describe('U18 a final close ends the live query that is the reason, and no other', () => {
  test.each([1_003, 1_008, 1_009, 4_400, 4_422, 4_499])('closed with %i', async (code) => {
    const { client, made } = clientWith(fatalServer('orders', code));
    const problems: LedgeProblem[] = [];
    const onProblem = (problem: LedgeProblem) => problems.push(problem);
    const sound = client.live('products', {}, { onProblem });
    const fatal = client.live('orders', {}, { onProblem });
    const sound2 = client.live('customers', {}, { onProblem });
    const opening = setInterval(() => made.at(-1)?.open(), 20);
    await until(() => problems.length > 0);
    await until(() => sound.rows !== undefined && sound2.rows !== undefined);
    await until(() => client.connection.status === 'live');
    clearInterval(opening);
    expect(problems.map(({ problem }) => problem)).toMatchObject([{ kind: 'closed', code }]);
    const loop = fatal[Symbol.asyncIterator]();
    await expect(loop.next()).rejects.toBe(problems[0]);
    // One that failed, one on which the queries were sent one by one, and one after that.
    expect(made.length).toBeLessThanOrEqual(3);
  });

  test('the only one ends too: the connection is refused, and no socket follows', async () => {
    const { client, made, socket } = clientWith(fatalServer('orders', 4_403));
    const following = async () => {
      for await (const _rows of client.live('orders')) throw new Error('There are no rows.');
    };
    const ending = following();
    (await socket(0)).open();
    await expect(ending).rejects.toMatchObject({ problem: { kind: 'closed', code: 4_403 } });
    expect(client.connection.status).toBe('refused');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(made).toHaveLength(1);
    client.live('products');
    expect(client.connection.status).toBe('connecting');
  });

  test.each([1_001, 1_006, 1_012, 1_013])('%i is no such end', async (code) => {
    const { client, made, socket } = clientWith(fatalServer('none', 0));
    const live = client.live('orders');
    (await socket(0)).open();
    await until(() => live.rows !== undefined);
    (await socket(0)).end(code);
    expect(client.connection).toMatchObject({ status: 'reconnecting' });
    await until(() => made.length === 2);
    (await socket(1)).open();
    await until(() => client.connection.status === 'live');
  });

  test('a server that opens no socket is asked for the reason, which ends queries that it will never answer', async () => {
    const body = { type: '/problems/unauthorized', title: 'No', status: 401, detail: 'No.' };
    const fetch: Fetch = async () => Response.json(body, { status: 401 });
    const { client, socket } = clientWith(undefined, fetch);
    const problems: string[] = [];
    client.live('orders', {}, { onProblem: ({ problem }) => problems.push(problem.kind) });
    (await socket(0)).end(1_006);
    await until(() => problems.length > 0);
    expect(problems).toEqual(['unauthorized']);
    expect(client.connection.status).toBe('refused');
  });

  test('what no frame has room for is refused at once, and nothing is sent', async () => {
    const { client, made, socket } = clientWith(fatalServer('none', 0));
    const ids = Array.from({ length: 800 }, (_, index) => `customer-number-${index}`);
    const problems: LedgeProblem[] = [];
    const sound = client.live('products');
    (await socket(0)).open();
    await until(() => sound.rows !== undefined);
    const long = client.live(
      'orders',
      { 'customer.in': ids },
      { onProblem: (said) => problems.push(said) },
    );
    await expect(long[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      problem: { kind: 'too-large', limitBytes: 16_384 },
    });
    expect(problems[0]?.message).toMatch(/List fewer values, or open several live queries/);
    expect(made[0]?.sent).toHaveLength(1);
    expect(client.connection.status).toBe('live');
  });
});

describe('U19 leaving a loop ends its live query at once', () => {
  test('also while it waits for rows', async () => {
    const { client, made, socket } = clientWith();
    const loop = client.live('orders')[Symbol.asyncIterator]();
    (await socket(0)).open();
    const waiting = loop.next();
    await loop.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(made[0]?.sent.map((frame) => sentOf(frame).type)).toEqual(['subscribe', 'unsubscribe']);
  });
});

describe('U20 what waits to try again tries at once when the server or the network is back', () => {
  test('a request between two attempts, when a socket opens', async () => {
    let isBack = false;
    const fetch: Fetch = async () => {
      if (!isBack) throw new Error('Gone.');
      return Response.json({ rows: [] });
    };
    const retry = { baseMs: 20_000, elapsedMsMax: 600_000 };
    const { client, socket } = clientWith(fatalServer('none', 0), fetch, { retry });
    const asking = client.query('orders');
    client.live('products');
    await new Promise((resolve) => setTimeout(resolve, 50));
    isBack = true;
    const startedMs = performance.now();
    (await socket(0)).open();
    expect(await asking).toEqual({ rows: [] });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  test('commands in the outbox, and no earlier than the server asked for', async () => {
    const answers = [
      () => Promise.reject(new Error('Gone.')),
      async () => Response.json({ outcome: 'accepted', token: 'order/o-1@1' }),
      async () => new Response('', { status: 503, headers: { 'retry-after': '60' } }),
    ];
    let sent = 0;
    const fetch: Fetch = (url, request) =>
      (url.includes('/v1/live') ? gone : (answers[sent++] ?? gone))(url, request);
    const more = { offline: {}, retry: { attemptsMax: 1 } };
    const { client, made, socket } = clientWith(fatalServer('none', 0), fetch, more);
    const placing = client.aggregate('order', 'o-1').send('ConfirmOrder');
    client.live('products');
    await until(() => sent === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedMs = performance.now();
    (await socket(0)).open();
    expect(await placing).toMatchObject({ outcome: 'accepted' });
    expect(performance.now() - startedMs).toBeLessThan(300);
    void client.aggregate('order', 'o-1').send('ConfirmOrder');
    await until(() => sent === 3);
    (await socket(0)).end(1_006);
    await until(() => made.length === 2);
    (await socket(1)).open();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sent).toBe(3);
  });
});

describe('U21 what the app’s own functions throw is reported, and breaks nothing else', () => {
  test('neither other live queries nor the process', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { client, socket } = clientWith(fatalServer('none', 0));
    const wrong = client.live('orders', {}, () => {
      throw new Error('A mistake of the app.');
    });
    client.onConnection(() => {
      throw new Error('Another one.');
    });
    const sound = client.live('products');
    (await socket(0)).open();
    await until(() => wrong.rows !== undefined && sound.rows !== undefined);
    expect(reported.mock.calls.map(([error]) => String(error))).toEqual(
      expect.arrayContaining(['Error: A mistake of the app.', 'Error: Another one.']),
    );
  });

  test('options may be given in place of the callback, and any other value is refused', () => {
    const { client } = clientWith();
    const abort = new AbortController();
    client.live('orders', {}, { signal: abort.signal });
    // @ts-expect-error: a name is neither
    expect(() => client.live('orders', {}, 'onChange')).toThrow(TypeError);
    // @ts-expect-error: a name is neither
    expect(() => client.liveRow('orders', 'o-1', 'onChange')).toThrow(TypeError);
  });
});

describe('U16 the connection as a value', () => {
  test('is the same object until it changes, and has the age of the rows', async () => {
    const { client, made, socket } = clientWith(fatalServer('none', 0));
    const seen: string[] = [];
    const stop = client.onConnection(({ status }) => seen.push(status));
    expect(client.connection).toMatchObject({ status: 'connecting', currentAt: undefined });
    expect(client.connection).toBe(client.connection);
    const live = client.live('orders');
    (await socket(0)).open();
    await until(() => live.rows !== undefined);
    const before = client.connection;
    expect(before).toMatchObject({ status: 'live', currentAt: expect.any(Date) });
    expect(client.connection).toBe(before);
    (await socket(0)).end(1_006);
    const after = client.connection;
    expect(after.status).toBe('reconnecting');
    expect(after.since.getTime()).toBeGreaterThanOrEqual(before.since.getTime());
    expect(after.currentAt?.getTime()).toBeLessThanOrEqual(after.since.getTime());
    expect(seen).toEqual(['live', 'reconnecting']);
    stop();
    client.close();
    expect(client.connection.status).toBe('offline');
    expect(seen).toHaveLength(2);
    expect(made[0]?.closedWith).toBe(1_000);
  });

  test('follows from the requests where there is no live query', async () => {
    const answers = [
      new Error('Gone.'),
      Response.json({ rows: [] }),
      new Response('', { status: 401 }),
    ];
    const fetch: Fetch = async () => {
      const answer = answers.shift() ?? new Error('Gone.');
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const { client } = clientWith(undefined, fetch, { retry: { attemptsMax: 1 } });
    for (const status of ['reconnecting', 'live', 'refused']) {
      await client.query('orders').catch(() => undefined);
      expect(client.connection.status).toBe(status);
    }
  });
});
