/** Ledge in another Worker: with its names, under its path, beside its queue and its database, for its callers. */
import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  getQueueResult,
} from 'cloudflare:test';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createClient } from '../../client/index.ts';
import type { app } from '../other-app/app.ts';
import { as, env, fetchBank, ORIGIN, openBank, paths } from './embedded-worker.ts';
import entry from './entry.ts';

beforeAll(openBank);

const until = (isSo: () => boolean | Promise<boolean>) =>
  vi.waitUntil(isSo, { timeout: 15_000, interval: 50 });

const open = (token: string, id: string, owner = token) =>
  as(token, `/v1/commands/account/${id}/OpenAccount`, { owner });

const deposit = (token: string, id: string, cents: number) =>
  as(token, `/v1/commands/account/${id}/Deposit`, { cents });

describe('EM1 under names of the Worker’s own', () => {
  test('commands are accepted, and the queue brings their events to the read models', async () => {
    expect((await open('ann', 'a-1')).status).toBe(200);
    await until(async () => (await as('ann', '/v1/queries/balances/a-1')).status === 200);
    const { results } = await env.BANK_DB.prepare('SELECT tenant FROM journal').all();
    expect(results).toEqual([{ tenant: 'north' }]);
  });

  test('a query includes a command by its token', async () => {
    await open('ann', 'a-2');
    await deposit('ann', 'a-2', 500);
    const headers = { authorization: 'Bearer ann', 'consistent-with': 'account/a-2@2' };
    const response = await fetchBank('/ledge/v1/queries/balances/a-2', { headers });
    expect(await response.json()).toMatchObject({ cents: 500 });
  });

  test('a live query follows over the socket that the client opens with its token', async () => {
    const client = createClient<typeof app>({
      url: `${ORIGIN}/ledge`,
      token: 'ann',
      fetch: (url, init) => fetchBank(url.slice(ORIGIN.length), init),
      WebSocket: EmbeddedSocket,
    });
    const shown: number[] = [];
    await client.account('a-3').openAccount({ owner: 'Ann' });
    client.liveRow('balances', 'a-3', ([row]) => row && shown.push(row.cents));
    await until(() => shown.at(-1) === 0);
    await client.account('a-3').deposit({ cents: 7 });
    await until(() => shown.at(-1) === 7);
    client.close();
  });

  test('a projection is rebuilt by its object', async () => {
    await open('ann', 'a-4');
    await until(async () => (await as('ann', '/v1/queries/balances/a-4')).status === 200);
    const started = await as('operator', '/v1/projections/balances/rebuild', {});
    expect(started).toMatchObject({ status: 200 });
    await until(async () => {
      const { results } = await env.BANK_DB.prepare('SELECT state FROM generation').all();
      return results.every(({ state }) => state === 'live');
    });
    expect((await as('ann', '/v1/queries/balances/a-4')).status).toBe(200);
  });

  test('the cron sweeps its streams', async () => {
    await open('ann', 'a-5');
    await until(async () => (await as('ann', '/v1/queries/balances/a-5')).status === 200);
    await entry.scheduled(createScheduledController(), env);
    const { results } = await env.BANK_DB.prepare('SELECT count(*) AS n FROM sweep').all();
    expect(results).toEqual([{ n: 1 }]);
  });

  test('operators read what is not delivered, of the health object', async () => {
    expect(await as('clerk', '/v1/incidents')).toMatchObject({ body: { incidents: [] } });
    expect(await as('operator', '/ready')).toMatchObject({
      status: 200,
      body: { status: 'ready' },
    });
  });

  test('the bank’s own database under Ledge’s name is left alone', async () => {
    const { results } = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE name NOT GLOB '_cf_*'",
    ).all();
    expect(results).toEqual([]);
  });
});

describe('EM2 under a base path', () => {
  test('an address outside of it is the Worker’s own', async () => {
    expect(await (await fetchBank('/')).text()).toBe('The bank.');
    const headers = { authorization: 'Bearer clerk' };
    for (const path of ['/v1/me', '/openapi.json', '/problems/invalid', '/ledgex/v1/me']) {
      expect((await fetchBank(path, { headers })).status, path).toBe(404);
    }
  });

  test('the next page’s link is followed unchanged', async () => {
    for (const id of ['p-1', 'p-2', 'p-3']) await open('ann', id, 'pages');
    await until(async () => (await as('ann', '/v1/queries/balances/p-3')).status === 200);
    const seen: unknown[] = [];
    let next: string | undefined = '/ledge/v1/queries/balances?limit=1&owner=pages';
    while (next) {
      const response: Response = await fetchBank(next, {
        headers: { authorization: 'Bearer ann' },
      });
      const { rows }: { rows: { account: string }[] } = await response.json();
      seen.push(...rows.map(({ account }) => account));
      next = /<(.+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
      if (next) expect(next).toMatch(/^\/ledge\/v1\/queries\/balances\?/);
    }
    expect(seen).toEqual(['p-1', 'p-2', 'p-3']);
  });

  test('the type of every problem leads to its page', async () => {
    const types = await Promise.all([
      typeOf(as('ann', '/v1/commands/account/x/OpenAccount', { owner: '' })),
      typeOf(as('ann', '/v1/nothing')),
      typeOf(as('none', '/v1/me')),
      typeOf(as('ann', '/ready')),
      typeOf(as('broken', '/v1/me')),
      typeOfLine([{ aggregate: 'account', id: 'x', command: 'Nope', data: {} }]),
      typeOfFrame({ type: 'subscribe', id: 'a', query: 'nope' }),
    ]);
    expect(types).toEqual(
      ['invalid', 'unknown', 'unauthorized', 'forbidden', 'failed', 'unknown', 'unknown'].map(
        (kind) => `/ledge/problems/${kind}`,
      ),
    );
    for (const type of types) {
      const headers = { authorization: 'Bearer ann' };
      const page = await fetchBank(type, { headers });
      expect(page.status).toBe(200);
      for (const [, href = ''] of (await page.text()).matchAll(/href="([^"]+)"/g)) {
        expect(href).toMatch(/^\/ledge\/(problems\/|reference$)/);
      }
    }
  });

  test('CO1 the console and the reference page load what they name, and the start leads to the console', async () => {
    const headers = { authorization: 'Bearer ann' };
    const start = await fetchBank('/ledge', { headers, redirect: 'manual' });
    expect(start.headers.get('location')).toBe('/ledge/console/');
    const console = await (await fetchBank('/ledge/console/any/screen', { headers })).text();
    const [, script = ''] = console.match(/src="([^"]+)"/) ?? [];
    expect(script).toBe('/ledge/console/assets/console.js');
    expect(await (await fetchBank(script, { headers })).text()).toMatch('Console of the shop');
    const html = await (await fetchBank('/ledge/reference', { headers })).text();
    const named = [...html.matchAll(/(?:src|href|spec-url)="([^"]+)"/g)].map(([, url]) => url);
    expect(named).toHaveLength(4);
    for (const url of named) {
      const response = await fetchBank(url ?? '', { headers });
      expect(response.status, url).toBe(200);
      await response.body?.cancel();
    }
  });

  test('pages are found, and where the platform adds a slash the path stays', async () => {
    const headers = { authorization: 'Bearer ann' };
    const led = await fetchBank('/ledge/pages/board', { headers, redirect: 'manual' });
    expect(led.headers.get('location')).toBe('/ledge/pages/board/');
    expect((await fetchBank('/ledge/pages/board/', { headers })).status).toBe(200);
  });

  test('both documents name it', async () => {
    expect((await as('ann', '/openapi.json')).body).toMatchObject({ servers: [{ url: '/ledge' }] });
    expect((await as('ann', '/asyncapi.json')).body).toMatchObject({
      channels: { live: { address: '/ledge/v1/live' } },
    });
  });
});

describe('EM3 for the Worker’s callers', () => {
  test.each(paths.filter(({ path }) => path !== '/health'))(
    'without a session $method $path answers 401',
    async ({ method, path }) => {
      const response = await fetchBank(`/ledge${path}`, { method });
      expect(response.status).toBe(401);
      await response.body?.cancel();
    },
  );

  test('actor and tenant of the events are those of the session', async () => {
    await Promise.all([open('ann', 'mine'), open('bob', 'mine')]);
    const streams = await Promise.all(
      ['ann', 'bob'].map((token) => as(token, '/v1/streams/account/mine')),
    );
    expect(streams).toMatchObject([
      { body: { events: [{ tenant: 'north', metadata: { actor: 'user:ann' } }] } },
      { body: { events: [{ tenant: 'south', metadata: { actor: 'user:bob' } }] } },
    ]);
    expect((await as('bob', '/v1/aggregates/account/a-1')).status).toBe(404);
    expect(await as('bob', '/v1/me')).toMatchObject({ body: { id: 'user:bob', tenant: 'south' } });
  });
});

describe('EM4 a queue of the Worker’s own', () => {
  test('is consumed by the Worker, which dispatches before Ledge', async () => {
    await env.MAIL.send('hello');
    await until(async () => (await env.BANK_SESSIONS.get('mail/hello')) === 'sent');
  });

  test.each(['mailbox', 'events', 'branch', 'branch-eventsx', 'my-branch-events', 'events-dead'])(
    'is refused by Ledge, with every message left to the platform: %s',
    async (queue) => {
      const batch = createMessageBatch(queue, [message('{"not":"ours"}')]);
      await expect(entry.queue(batch, env)).rejects.toThrow(
        `The queue ${queue} is none of Ledge's`,
      );
      const result = await getQueueResult(batch, createExecutionContext());
      expect(result).toMatchObject({ explicitAcks: [], ackAll: false });
      const { results } = await env.BANK_DB.prepare('SELECT id FROM dead_letter').all();
      expect(results).toEqual([]);
    },
  );

  test.each(['branch-events', 'branch-events-staging', 'branch-events-staging-dead'])(
    'is distinguished from the queue of an environment: %s',
    async (queue) => {
      const batch = createMessageBatch(queue, []);
      await expect(entry.queue(batch, env)).resolves.toBeUndefined();
    },
  );
});

function message(body: string) {
  return { id: 'm', timestamp: new Date(), attempts: 1, body };
}

async function typeOf(answer: Promise<{ body: unknown }>): Promise<string> {
  return String(Object((await answer).body).type);
}

async function typeOfLine(lines: unknown): Promise<string> {
  const response = await fetchBank('/ledge/v1/commands', {
    method: 'POST',
    headers: { authorization: 'Bearer ann', 'content-type': 'application/json' },
    body: JSON.stringify(lines),
  });
  return String(JSON.parse(await response.text()).type);
}

async function typeOfFrame(frame: unknown): Promise<string> {
  const headers = { authorization: 'Bearer ann', upgrade: 'websocket' };
  const { webSocket } = await fetchBank('/ledge/v1/live', { headers });
  const answered = new Promise<string>((resolve) => {
    webSocket?.addEventListener('message', ({ data }) => {
      resolve(String(JSON.parse(String(data)).problem.type));
    });
  });
  webSocket?.accept();
  webSocket?.send(JSON.stringify(frame));
  const type = await answered;
  webSocket?.close();
  return type;
}

class EmbeddedSocket extends EventTarget {
  #real: WebSocket | undefined;

  constructor(url: string, subprotocols: string[]) {
    super();
    void this.#open(new URL(url), subprotocols);
  }

  async #open({ pathname, search }: URL, subprotocols: string[]): Promise<void> {
    const headers = { upgrade: 'websocket', 'sec-websocket-protocol': subprotocols.join(', ') };
    const { webSocket } = await fetchBank(pathname + search, { headers });
    if (!webSocket) throw new Error('The Worker opened no socket.');
    this.#real = webSocket;
    webSocket.addEventListener('message', ({ data }) => {
      this.dispatchEvent(Object.assign(new Event('message'), { data }));
    });
    webSocket.accept();
    this.dispatchEvent(new Event('open'));
  }

  send(text: string): void {
    this.#real?.send(text);
  }

  close(code: number): void {
    this.#real?.close(code);
  }
}
