/** What one Live object has for all its sockets: places, tokens that are looked up, and what becomes of a broken query. */
import { runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type * as z from 'zod';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { serverFrame } from '../../core/live/live-protocol.ts';
import { attachCaller } from '../../durable-objects/live/connection.ts';
import { BETWEEN_RUNS_MS } from '../../durable-objects/live/group.ts';
import { Hub } from '../../durable-objects/live/hub.ts';
import type { LivePorts } from '../../durable-objects/live/ports.ts';
import type { SocketCaller } from '../../durable-objects/live/socket-caller.ts';
import { readFrame } from '../../worker/live/read-frame.ts';
import { projectorFor } from '../../worker/projector/projector.ts';
import { consistentWith } from '../../worker/queries/consistent-with.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { products } from '../shop/read-models.ts';
import { testApp } from './support/entry.ts';
import { deliver, env, fetchWorker, keptMessages, send, useKeptQueue } from './support/harness.ts';
import { closeAll, liveObject, loseLive, openLive } from './support/live-client.ts';
import { unrestrictedCaller } from './support/unrestricted-caller.ts';

useKeptQueue();
afterEach(closeAll);

function openSockets(): Promise<number> {
  return runInDurableObject(liveObject(), (_object, ctx) => ctx.getWebSockets().length);
}

describe('V12 a stream of events gives its place back', () => {
  /** A stream whose body is not read, with timers that the test controls. */
  async function unreadStream(query: string) {
    await loseLive();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const response = await fetchWorker(`/v1/live/products?name=${query}`);
    expect(await openSockets()).toBe(1);
    return response;
  }

  test('after a minute without a read, with any amount of unread data', async () => {
    await unreadStream('unread');
    await vi.advanceTimersByTimeAsync(45_000);
    expect(await openSockets()).toBe(1);
    await vi.advanceTimersByTimeAsync(30_000);
    await expect.poll(openSockets).toBe(0);
  });

  test('and stays for hours while it is read', async () => {
    const response = await unreadStream('read');
    const reader = response.body?.getReader();
    const reading = (async () => {
      while (!(await reader?.read())?.done);
    })();
    for (let beat = 0; beat < 240; beat++) {
      await vi.advanceTimersByTimeAsync(15_000);
      await turnOfEvents();
    }
    expect(await openSockets()).toBe(1);
    await reader?.cancel();
    await reading;
    await expect.poll(openSockets).toBe(0);
  });
});

const caller: SocketCaller = { actor: 'ann', roles: [], claims: {}, untilMs: null, key: null };
const limited = (actor: string, sockets: number, queries: number): SocketCaller => ({
  ...caller,
  actor,
  limits: { sockets, queries },
});

/** Real time, in which sockets deliver. */
function turnOfEvents(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}

interface HubWorld {
  readonly socketsMax?: number;
  readonly bringUpTo?: (token: string) => Promise<Failure | undefined>;
  readonly rows?: () => Promise<readonly [] | Failure>;
}

/** An object's hub with sockets of the platform, a clock that the test moves, and queries that the test answers. */
function hubWorld({
  socketsMax = 100,
  bringUpTo = async () => undefined,
  rows = async () => [],
}: HubWorld = {}) {
  const clock = { nowMs: 1_000_000, timers: new Set<{ atMs: number; ring: () => void }>() };
  const wait = (ms: number) =>
    ms === 0
      ? turnOfEvents()
      : new Promise<void>((ring) => clock.timers.add({ atMs: clock.nowMs + ms, ring }));
  const signs = new Map<WebSocket, number>();
  let acceptedAtMs = clock.nowMs;
  const ports: LivePorts<null> = {
    nowMs: () => clock.nowMs,
    newId: () => 'life',
    basePath: '',
    readFrame,
    visibleRows: () => 'all',
    opensPersonal: () => false,
    rowsOfQuery: (rows) => rows,
    liveQuery: (_env, _tenant, { query }) => ({ projection: query, bringUpTo }),
    readTogether: async (_env, _tenant, queries) => {
      const reads = await Promise.all(queries.map(async () => ({ rows: await rows() })));
      return { reads, bookmark: '1' };
    },
    watch: () => Promise.resolve(),
    forget: () => Promise.resolve(),
    readTicket: () => undefined,
    keyValidity: () => Promise.reject(new Error('No socket here has a key.')),
    tenantValidity: async () => ({ isClosed: false, blocked: [] }),
    log: () => undefined,
  };
  const hub = new Hub(ports, null, {
    ...{ tenant: 'main', shard: 0, socketsMax },
    wait,
    acceptedAtMs: () => acceptedAtMs,
    pingedAtMs: (socket) => signs.get(socket) ?? 0,
    keep: (work) => void work,
  });
  const open = (of: SocketCaller = caller) => {
    if (!hub.hasPlace() || !hub.mayOpen(of)) return undefined;
    acceptedAtMs = clock.nowMs;
    const { 0: near, 1: far } = new WebSocketPair();
    const frames: z.output<typeof serverFrame>[] = [];
    const client = { frames, closed: 0, far, ping: () => void signs.set(far, clock.nowMs) };
    near.addEventListener('message', ({ data }) =>
      frames.push(serverFrame.parse(JSON.parse(String(data)))),
    );
    near.addEventListener('close', ({ code }) => {
      client.closed = code;
    });
    near.accept();
    far.accept();
    attachCaller(far, of);
    hub.connect(far);
    onTestFinished(() => near.close());
    return {
      ...client,
      closedWith: () => client.closed,
      leave: () => hub.disconnect(far),
      send: (frame: object) => hub.receive(far, JSON.stringify(frame)),
    };
  };
  const pass = (ms: number) => {
    clock.nowMs += ms;
    for (const timer of clock.timers) {
      if (timer.atMs > clock.nowMs) continue;
      clock.timers.delete(timer);
      timer.ring();
    }
  };
  return { hub, pass, open };
}

describe('V13 an object without a free place', () => {
  test('closes the sockets of clients that were silent for a minute, and no others', async () => {
    const { pass, open } = hubWorld({ socketsMax: 3 });
    const [silent, pinging, sending] = [open(), open(), open()];
    expect(open()).toBeUndefined();
    pass(61_000);
    pinging?.ping();
    sending?.send({ type: 'subscribe', id: 's', query: 'rows' });
    expect(open()).toBeDefined();
    await expect.poll(() => silent?.closedWith()).toBe(1013);
    expect([pinging?.closedWith(), sending?.closedWith()]).toEqual([0, 0]);
    expect(open()).toBeUndefined();
    pass(61_000);
    expect([open(), open(), open(), open()].map((one) => one !== undefined)).toEqual([
      ...[true, true, true],
      false,
    ]);
  });

  test('closes no silent socket while there are places', async () => {
    const { pass, open } = hubWorld({ socketsMax: 3 });
    const silent = open();
    pass(3_600_000);
    expect(open()).toBeDefined();
    await turnOfEvents();
    expect(silent?.closedWith()).toBe(0);
  });
});

describe('QU9 a principal with as many sockets as it may have', () => {
  const [ann, bob] = [limited('ann', 2, 10), limited('bob', 2, 10)];

  test('opens no other one, and other principals do', () => {
    const { open } = hubWorld();
    const [first] = [open(ann), open(ann)];
    expect(open(ann)).toBeUndefined();
    expect(open(bob)).toBeDefined();
    first?.leave();
    expect([open(ann) !== undefined, open(ann) !== undefined]).toEqual([true, false]);
  });

  test('loses those that were silent for a minute to a new one, and no other principal does', async () => {
    const { open, pass } = hubWorld();
    const [silent, pinging, bobs] = [open(ann), open(ann), open(bob)];
    pass(61_000);
    pinging?.ping();
    expect(open(ann)).toBeDefined();
    await expect.poll(() => silent?.closedWith()).toBe(1013);
    expect([pinging?.closedWith(), bobs?.closedWith()]).toEqual([0, 0]);
    expect(open(ann)).toBeUndefined();
  });
});

describe('QU10 a principal that follows as many different queries as it may', () => {
  const following = (id: string, name: string) => ({
    ...{ type: 'subscribe', id, query: 'rows', input: { name } },
  });
  type Client = ReturnType<ReturnType<typeof hubWorld>['open']>;
  const refusals = (client: Client) =>
    (client?.frames ?? []).flatMap((frame) => (frame.type === 'error' ? [frame] : []));

  test('is refused another one, over all its sockets, and not one that it follows already', async () => {
    const { open } = hubWorld();
    const [ann, bob] = [limited('ann', 9, 2), limited('bob', 9, 2)];
    const [one, other, bobs] = [open(ann), open(ann), open(bob)];
    one?.send(following('a', 'first'));
    other?.send(following('a', 'second'));
    other?.send(following('b', 'first'));
    other?.send(following('c', 'third'));
    bobs?.send(following('a', 'third'));
    await expect
      .poll(() => refusals(other))
      .toMatchObject([
        { id: 'c', problem: { status: 429, limit: 'queries', scope: 'principal', quota: 2 } },
      ]);
    expect([...refusals(one), ...refusals(bobs)]).toEqual([]);
  });

  test('follows another one once none of its subscriptions is of an earlier one', async () => {
    const { open } = hubWorld();
    const ann = limited('ann', 9, 1);
    const [one, other] = [open(ann), open(ann)];
    one?.send(following('a', 'first'));
    other?.send(following('a', 'first'));
    one?.send({ type: 'unsubscribe', id: 'a' });
    one?.send(following('b', 'second'));
    await expect.poll(() => refusals(one)).toMatchObject([{ id: 'b' }]);
    other?.leave();
    one?.send(following('c', 'second'));
    // The same id replaces: its own query takes no second place.
    one?.send(following('c', 'third'));
    await turnOfEvents();
    expect(refusals(one)).toHaveLength(1);
  });

  test('takes no place of the object with queries that are refused', async () => {
    const { open } = hubWorld();
    const bobs = open(limited('bob', 9, 1));
    // More than an object has places for, in the frames that a socket may send at once.
    for (let client = 0; client < 12; client++) {
      const one = open(limited(`ann-${client}`, 1, 1));
      one?.send(following('kept', `${client}`));
      for (let index = 0; index < 190; index++) one?.send(following('over', `${client}-${index}`));
    }
    bobs?.send(following('a', 'his'));
    await turnOfEvents();
    expect(refusals(bobs)).toEqual([]);
  });
});

describe('V14 tokens', () => {
  /** Look-ups that wait until the test completes them. */
  function heldLookUps() {
    const open: (() => void)[] = [];
    const asked: string[] = [];
    let most = 0;
    const bringUpTo = (token: string) =>
      new Promise<undefined>((resolve) => {
        asked.push(token);
        open.push(() => resolve(undefined));
        most = Math.max(most, open.length);
      });
    const release = async () => {
      for (let idle = 0; idle < 5; idle++) {
        if (open.length > 0) idle = 0;
        for (const end of open.splice(0)) end();
        await turnOfEvents();
      }
    };
    return { asked, bringUpTo, release, most: () => most };
  }

  const subscribing = (id: string, consistentWith: readonly string[]) => ({
    ...{ type: 'subscribe', id, query: 'rows', consistentWith },
  });
  const tokens = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `order/${prefix}-${index}@1`);

  test('of one socket: ten concurrent, a hundred at once, then twenty a second, the others refused; those of another continue', async () => {
    const { asked, bringUpTo, release, most } = heldLookUps();
    const { pass, open } = hubWorld({ bringUpTo });
    const greedy = open();
    for (let frame = 0; frame < 190; frame++) {
      greedy?.send(subscribing(`s-${frame % 10}`, tokens(`g${frame}`, 20)));
    }
    await turnOfEvents();
    expect(asked).toHaveLength(10);
    const other = open();
    other?.send(subscribing('o', ['order/other@1']));
    await turnOfEvents();
    expect(asked.at(-1)).toBe('order/other@1');
    await release();
    expect(most()).toBe(11);
    expect(asked).toHaveLength(100 + 1);
    const refused = greedy?.frames.filter(({ type }) => type === 'error') ?? [];
    expect(refused).toHaveLength(190 * 20 - 300);
    expect(refused[0]).toMatchObject({
      ...{ id: expect.any(String), token: expect.any(String) },
      problem: { status: 503 },
    });
    pass(1_000);
    await release();
    expect(asked).toHaveLength(101 + 20);
    pass(9_000);
    await release();
    expect(asked).toHaveLength(301);
  });

  test('of all sockets of an object: a hundred under way', async () => {
    const { asked, bringUpTo, release, most } = heldLookUps();
    const { open } = hubWorld({ bringUpTo });
    for (let socket = 0; socket < 30; socket++) {
      open()?.send(subscribing('s', tokens(`of-${socket}`, 20)));
    }
    await turnOfEvents();
    expect(asked).toHaveLength(100);
    await release();
    expect(most()).toBe(100);
    expect(asked).toHaveLength(600);
  });

  test('requested several times at once are looked up once, and all are answered', async () => {
    const { asked, bringUpTo, release } = heldLookUps();
    const { pass, open } = hubWorld({ bringUpTo });
    const clients = Array.from({ length: 20 }, () => open());
    for (const client of clients) client?.send(subscribing('s', ['order/same@1']));
    await release();
    expect(asked).toEqual(['order/same@1']);
    pass(1_000);
    await vi.waitUntil(() =>
      clients.every((client) => client?.frames.some(({ type }) => type === 'consistent')),
    );
  });

  test('that D1 has already wake no object', async () => {
    const { body } = await send('product/woken', 'RegisterProduct', { name: 'w', priceCents: 1 });
    await deliver(keptMessages());
    const woken: string[] = [];
    const { AGGREGATE: objects }: LedgeEnv = env;
    const getByName = (name: string) => {
      woken.push(name);
      return objects.getByName(name);
    };
    const counting = { ...env, AGGREGATE: { getByName } };
    const machinery = machineryFor(testApp);
    const projector = projectorFor(machinery, counting, machinery.databases.first(counting));
    const reader = unrestrictedCaller('user:ann');
    expect(await consistentWith(projector, reader, products, String(body.token))).toBeUndefined();
    expect(woken).toEqual([]);
    await consistentWith(projector, reader, products, 'product/woken@2');
    expect(woken).toEqual(['main/product/woken']);
  });
});

describe('V17 a query that can never be answered', () => {
  test('ends its subscriptions, which so can be made again', async () => {
    let rows: readonly [] | Failure = { outcome: 'failed' };
    const { hub, pass, open } = hubWorld({ rows: async () => rows });
    const client = open();
    client?.send({ type: 'subscribe', id: 's', query: 'rows' });
    await expect.poll(() => client?.frames).toMatchObject([{ id: 's', problem: { status: 500 } }]);
    rows = [];
    hub.changed([{ tenant: 'main', projection: 'rows', shard: 0, registration: 'r' }]);
    client?.send({ type: 'unsubscribe', id: 's' });
    await expect.poll(() => client?.frames).toMatchObject([{}, { problem: { status: 404 } }]);
    client?.send({ type: 'subscribe', id: 's', query: 'rows' });
    pass(10_000);
    await expect.poll(() => client?.frames.at(-1)?.type).toBe('snapshot');
  });
});

test('V11 next to sixty queries of one socket, another socket’s is run first or second', async () => {
  await send('product/turns', 'RegisterProduct', { name: 'turns', priceCents: 1 });
  await deliver(keptMessages());
  const seen: string[] = [];
  const note = (_rows: unknown, id: string) => void seen.push(id);
  const [crowd, other] = await Promise.all([
    openLive('/v1/live', note),
    openLive('/v1/live', note),
  ]);
  for (let query = 0; query < 60; query++) {
    crowd.subscribe(`c-${query}`, 'products', { input: { 'name.lt': `zz${query}` } });
  }
  await crowd.until(() => seen.length === 60);
  other.subscribe('o', 'products', { input: { name: 'turns' } });
  await other.next('snapshot');
  // A query that was read just now is read again after this only.
  await new Promise((resolve) => setTimeout(resolve, 2 * BETWEEN_RUNS_MS));
  seen.length = 0;
  await send('product/turns', 'ReceiveStock', { quantity: 1 });
  await deliver(keptMessages());
  await crowd.until(() => seen.length === 61);
  expect(seen.indexOf('o')).toBeLessThanOrEqual(1);
});
