/**
 * A client whose socket is renewed all the time, while its credential expires and its key is rotated, and the Live object
 * or the network goes away.
 */
import { evictDurableObject } from 'cloudflare:test';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createClient, type LedgeProblem } from '../../client/index.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import type { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { GuardedSockets } from './support/guarded-sockets.ts';
import { deliver, env, keptMessages, useKeptQueue } from './support/harness.ts';
import { ADMIN_KEY, isolate, issued, posting } from './support/keyed-shop.ts';
import { liveObject } from './support/live-client.ts';

useKeptQueue();

const URL_BASE = 'https://shop.example';
const SOCKET_MS = 3_600_000;

/** What the client takes for the duration of a socket, so that it renews about nine times a second. */
const TAKEN_MS = 150;

const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 10_000, interval: 10 });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let tenants = 0;

async function followed() {
  const tenant = `survival-${++tenants}`;
  const [writer, reader] = [
    await issued({ tenant }),
    await issued({ tenant, principal: 'user:r' }),
  ];
  const ask = isolate();
  const sockets = new GuardedSockets((path, init) => ask(undefined, path, init));
  const renewals = () => sockets.received.filter((text) => text.includes('"renewed"')).length;
  /** A client waits for a key that is being rotated. */
  let key = Promise.resolve(reader.key);
  const shown: string[][] = [];
  const problems: LedgeProblem[] = [];

  const client = createClient<typeof testApp>({
    url: URL_BASE,
    token: () => key,
    WebSocket: sockets.Socket,
    fetch: async (url, init) => {
      const response = await ask(undefined, url.slice(URL_BASE.length), init);
      const { lastsMs, ...ticket } = await response.json<{ lastsMs?: number }>();
      const body = lastsMs === undefined ? ticket : { ...ticket, lastsMs: TAKEN_MS };
      return Response.json(body, response);
    },
  });
  onTestFinished(() => client.close());
  client.live('products', {}, (rows) => shown.push(rows.map(({ product }) => product)), {
    onProblem: (problem) => problems.push(problem),
  });

  const ids: string[] = [];
  const commit = async (): Promise<void> => {
    const id = `p-${String(ids.length).padStart(3, '0')}`;
    const path = `/v1/commands/product/${id}/RegisterProduct`;
    const sent = await isolate()(writer.key, path, posting({ name: id, priceCents: 1 }));
    expect(sent.status).toBe(200);
    ids.push(id);
    await deliver(keptMessages());
  };
  const rotate = async (graceMs: number): Promise<void> => {
    const rotated = isolate()(ADMIN_KEY, `/v1/keys/${reader.id}/rotate`, posting({ graceMs }));
    key = rotated.then(async (response) => (await response.json<{ key: string }>()).key);
    await key;
  };
  const evict = async (webSockets: 'hibernate' | 'close'): Promise<void> => {
    const { LIVE: objects }: LedgeEnv = env;
    await objects.getByName(`${tenant}/0`).changed([]);
    await evictDurableObject(liveObject(tenant), { webSockets });
  };
  const steps = {
    commit,
    'renew in place': async () => {
      const known = renewals();
      await until(() => renewals() > known);
    },
    'sleep beyond the end': async () => {
      faults.clockSkewMs += SOCKET_MS + 1_000;
    },
    'rotate with grace': () => rotate(60_000),
    'rotate without grace': () => rotate(0),
    'let the object hibernate': () => evict('hibernate'),
    'lose the object': () => evict('close'),
    'lose the socket': async () => sockets.cut(),
    pause: () => pause(40),
  };
  await commit();
  await until(() => shown.at(-1)?.length === 1);
  return { steps, sockets, shown, ids, problems, renewals };
}

type Step = keyof Awaited<ReturnType<typeof followed>>['steps'];

/** They lose what the object knows of results, so that a client that comes back gets the whole one. */
const forgetting: readonly Step[] = ['let the object hibernate', 'lose the object'];

/** Each result shows what was committed by then, the last one everything, and no frame comes twice. */
async function survived(history: readonly Step[]) {
  const world = await followed();
  const { steps, sockets, shown, ids, problems } = world;
  for (const step of history) await steps[step]();
  await steps.commit();
  await until(() => shown.at(-1)?.length === ids.length);
  await steps['renew in place']();
  for (const rows of shown) expect(rows).toEqual(ids.slice(0, rows.length));
  const lengths = shown.map(({ length }) => length);
  expect(lengths).toEqual(lengths.toSorted((one, other) => one - other));
  if (!history.some((step) => forgetting.includes(step))) {
    expect(new Set(lengths).size).toBe(lengths.length);
  }
  const states = sockets.received.flatMap((text) => {
    const { type, seq } = text === 'pong' ? {} : JSON.parse(text);
    return type === 'snapshot' || type === 'change' ? [seq] : [];
  });
  expect(new Set(states).size).toBe(states.length);
  expect(problems).toEqual([]);
  return world;
}

describe('B20 a client survives without a gap and without a doubled frame', () => {
  test.each<[string, readonly Step[]]>([
    ['renewals in place', ['renew in place', 'commit', 'renew in place', 'commit']],
    ['a rotation of its key with grace', ['rotate with grace', 'renew in place', 'commit']],
    [
      'both, while the object hibernates',
      [
        ...(['renew in place', 'let the object hibernate', 'rotate with grace', 'commit'] as const),
        ...(['renew in place', 'let the object hibernate', 'commit'] as const),
      ],
    ],
  ])('over one socket: %s', async (_what, history) => {
    const { sockets, renewals } = await survived(history);
    expect(sockets).toMatchObject({ opened: 1, closedWith: [] });
    expect(renewals()).toBeGreaterThan(0);
  });

  test.each<[string, readonly Step[], readonly number[]]>([
    ['a sleep beyond the end', ['sleep beyond the end', 'commit', 'commit'], [4401]],
    ['a rotation without grace', ['rotate without grace', 'commit'], [4401]],
    [
      'a rotation during its sleep',
      [...(['rotate with grace', 'sleep beyond the end', 'commit', 'commit'] as const)],
      [4401],
    ],
    ['a lost socket', ['lose the socket', 'commit', 'commit'], []],
  ])('over the next socket: %s', async (_what, history, codes) => {
    const { sockets } = await survived(history);
    expect(sockets).toMatchObject({ opened: 2, closedWith: codes });
  });

  test('whatever happens, in any order', { timeout: 120_000 }, async () => {
    const names: readonly Step[] = [
      ...(['commit', 'renew in place', 'sleep beyond the end', 'rotate with grace'] as const),
      ...(['rotate without grace', 'let the object hibernate', 'lose the object'] as const),
      ...(['lose the socket', 'pause'] as const),
    ];
    const history = fc.array(fc.constantFrom(...names), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        faults.clockSkewMs = 0;
        await survived(steps);
      }),
      { numRuns: 15 },
    );
  });
});
