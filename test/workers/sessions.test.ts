/** Sessions of browsers: the cookie, its origin, the login page, and everything that opens none. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { signedText } from '../../worker/access/signed-text.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { faults } from './support/faults.ts';
import { askAs, ask as askGuarded } from './support/guarded-shop.ts';
import { deliver, env, fetchWorker, keptMessages, useKeptQueue } from './support/harness.ts';
import {
  ADMIN_KEY,
  askedObjects,
  deployed,
  isolate,
  issued,
  posting,
  revoked,
} from './support/keyed-shop.ts';
import { SECRET } from './support/secret.ts';

useKeptQueue();

const ORIGIN = 'https://shop.example';
const HOUR_MS = 3_600_000;
const own = { origin: ORIGIN, 'sec-fetch-site': 'same-origin' };

async function opened(key: string): Promise<string> {
  const response = await isolate()(key, '/v1/sessions', { method: 'POST' });
  expect(response.status).toBe(201);
  return response.headers.get('set-cookie') ?? '';
}

const valueIn = (setCookie: string) => setCookie.split(';')[0] ?? '';

function askWith(cookie: string, path: string, init: RequestInit = {}, ask = isolate()) {
  const headers = { cookie, 'sec-fetch-site': 'same-origin', ...(init.headers as object) };
  return ask(undefined, path, { ...init, headers });
}

describe('TK10 a session of a browser', () => {
  test('has a cookie that no script, no other host and no other site gets', async () => {
    const { key } = await issued();
    const setCookie = await opened(key);
    expect(setCookie).toMatch(
      /^__Host-ledge=[\w.-]+; Max-Age=28800; Secure; HttpOnly; SameSite=Strict; Path=\/$/,
    );
    expect(setCookie).not.toContain(key);
  });

  test('is its key’s principal, for reads, commands and sockets', async () => {
    const { key } = await issued({ tenant: 'seated' });
    const cookie = valueIn(await opened(key));
    expect(await (await askWith(cookie, '/v1/me')).json()).toMatchObject({ id: 'service:shop' });
    const register = { ...posting({ name: 'Chai', priceCents: 1 }) };
    const headers = { ...own, 'content-type': 'application/json' };
    const path = '/v1/commands/product/chai/RegisterProduct';
    expect((await askWith(cookie, path, { ...register, headers })).status).toBe(200);
    const { webSocket } = await askWith(cookie, '/v1/live', {
      headers: { ...own, upgrade: 'websocket' },
    });
    const frames: string[] = [];
    webSocket?.addEventListener('message', ({ data }) => frames.push(String(data)));
    webSocket?.accept();
    webSocket?.send(JSON.stringify({ type: 'subscribe', id: 'a', query: 'products' }));
    await vi.waitUntil(() => frames.length > 0);
    webSocket?.close();
  });

  test('ends after eight hours, and with the key', async () => {
    const expiresAt = new Date(Date.now() + HOUR_MS).toISOString();
    const [long, brief] = [await issued(), await issued({ expiresAt })];
    const cookies = [valueIn(await opened(long.key)), valueIn(await opened(brief.key))];
    const statuses = () =>
      Promise.all(cookies.map(async (cookie) => (await askWith(cookie, '/v1/me')).status));
    expect(await statuses()).toEqual([200, 200]);
    faults.clockSkewMs = HOUR_MS + 1_000;
    expect(await statuses()).toEqual([200, 401]);
    faults.clockSkewMs = 8 * HOUR_MS;
    expect(await statuses()).toEqual([401, 401]);
  });

  test('ends ten seconds after its key is revoked', async () => {
    const { id, key } = await issued();
    const cookie = valueIn(await opened(key));
    const ask = isolate();
    expect((await askWith(cookie, '/v1/me', {}, ask)).status).toBe(200);
    await revoked(id);
    faults.clockSkewMs = 10_000;
    expect((await askWith(cookie, '/v1/me', {}, ask)).status).toBe(401);
  });

  test('of the administrator manages keys, and reaches no data', async () => {
    const cookie = valueIn(await opened(ADMIN_KEY));
    expect((await askWith(cookie, '/v1/keys')).status).toBe(200);
    expect((await askWith(cookie, '/v1/queries/products')).status).toBe(403);
    const { LEDGE_ADMIN: _gone, ...without } = deployed;
    expect((await askWith(cookie, '/v1/keys', {}, isolate(without))).status).toBe(401);
  });

  test('is ended by DELETE', async () => {
    const cookie = valueIn(await opened((await issued()).key));
    const response = await askWith(cookie, '/v1/sessions', { method: 'DELETE', headers: own });
    expect(response.status).toBe(204);
    expect(response.headers.get('set-cookie')).toMatch(/^__Host-ledge=; Max-Age=0; Secure;/);
  });
});

describe('TK18 a session that is in use slides', () => {
  const slidBy = async (cookie: string, path = '/v1/me', init: RequestInit = {}) => {
    const { headers, status, webSocket } = await askWith(cookie, path, init);
    webSocket?.accept();
    webSocket?.close();
    expect(status).toBeLessThan(300);
    return headers.get('set-cookie');
  };

  test('by half-time: then the answer to a request has a cookie for eight hours', async () => {
    const cookie = valueIn(await opened((await issued()).key));
    faults.clockSkewMs = 3.9 * HOUR_MS;
    expect(await slidBy(cookie)).toBeNull();
    faults.clockSkewMs = 4 * HOUR_MS + 1_000;
    const slid = (await slidBy(cookie)) ?? '';
    expect(slid).toMatch(/^__Host-ledge=.*; Max-Age=28800; Secure; HttpOnly; SameSite=Strict; /);
    faults.clockSkewMs = 11 * HOUR_MS;
    expect((await askWith(cookie, '/v1/me')).status).toBe(401);
    expect((await askWith(valueIn(slid), '/v1/me')).status).toBe(200);
  });

  test('also where a page asks for nothing but its socket, or a stream of events', async () => {
    const cookie = valueIn(await opened((await issued()).key));
    faults.clockSkewMs = 5 * HOUR_MS;
    const upgrade = { headers: { ...own, upgrade: 'websocket' } };
    expect(await slidBy(cookie, '/v1/live', upgrade)).toContain('Max-Age=28800');
    const stream = await askWith(cookie, '/v1/live/products');
    expect(stream.headers.get('set-cookie')).toContain('Max-Age=28800');
    await stream.body?.cancel();
  });

  test('never beyond the end of its key', async () => {
    const expiresAt = new Date(Date.now() + 9 * HOUR_MS).toISOString();
    const cookie = valueIn(await opened((await issued({ expiresAt })).key));
    faults.clockSkewMs = 7 * HOUR_MS;
    const slid = (await slidBy(cookie)) ?? '';
    expect(slid).toMatch(/; Max-Age=7(19\d|200);/);
    faults.clockSkewMs = 8.5 * HOUR_MS;
    expect(await slidBy(valueIn(slid))).toBeNull();
  });

  test('nor for longer than a week', async () => {
    let cookie = valueIn(await opened((await issued()).key));
    for (let hours = 5; hours < 7 * 24; hours += 5) {
      faults.clockSkewMs = hours * HOUR_MS;
      const slid = await slidBy(cookie);
      if (slid) cookie = valueIn(slid);
    }
    faults.clockSkewMs = 7 * 24 * HOUR_MS + 1_000;
    expect((await askWith(cookie, '/v1/me')).status).toBe(401);
  });

  test('nor with the answer that ends it, or to a request that was refused', async () => {
    const cookie = valueIn(await opened((await issued()).key));
    faults.clockSkewMs = 5 * HOUR_MS;
    const refused = await askWith(cookie, '/v1/sweep', { method: 'POST', headers: own });
    expect({ status: refused.status, slid: refused.headers.get('set-cookie') }).toEqual({
      ...{ status: 403, slid: null },
    });
    const init = { method: 'DELETE', headers: own };
    expect(await slidBy(cookie, '/v1/sessions', init)).toMatch(/^__Host-ledge=; Max-Age=0;/);
  });
});

describe('TK19 a session that was ended is over for every copy of its cookie', () => {
  const ended = async (cookie: string, ask = isolate()) => {
    const init = { method: 'DELETE', headers: own };
    expect((await askWith(cookie, '/v1/sessions', init, ask)).status).toBe(204);
  };

  test.each<[string, () => Promise<string>]>([
    ['a key', async () => (await issued()).key],
    ['the administrator’s key', async () => ADMIN_KEY],
  ])(
    'of %s, in ten seconds everywhere; the key and its other sessions stay',
    async (_of, keyOf) => {
      const key = await keyOf();
      const [cookie, other] = [valueIn(await opened(key)), valueIn(await opened(key))];
      const [knowing, fresh] = [isolate(), isolate()];
      expect((await askWith(cookie, '/v1/me', {}, knowing)).status).toBe(200);
      await ended(cookie);
      expect((await askWith(cookie, '/v1/me', {}, fresh)).status).toBe(401);
      faults.clockSkewMs = 10_000;
      expect((await askWith(cookie, '/v1/me', {}, knowing)).status).toBe(401);
      expect((await askWith(other, '/v1/me')).status).toBe(200);
      expect((await isolate()(key, '/v1/me')).status).toBe(200);
    },
  );

  test('also for one that had slid', async () => {
    const cookie = valueIn(await opened((await issued()).key));
    faults.clockSkewMs = 5 * HOUR_MS;
    const slid = (await askWith(cookie, '/v1/me')).headers.get('set-cookie') ?? '';
    await ended(cookie);
    expect((await askWith(valueIn(slid), '/v1/me')).status).toBe(401);
  });

  test('and for its sockets at once, those of the ticket that it asked for too', async () => {
    const { key } = await issued({ tenant: 'leaving' });
    const [cookie, other] = [valueIn(await opened(key)), valueIn(await opened(key))];
    const closes: string[] = [];
    const follow = (name: string, webSocket: WebSocket | null) => {
      webSocket?.addEventListener('close', ({ code }) => closes.push(`${name} ${code}`));
      webSocket?.accept();
      onTestFinished(() => webSocket?.close());
    };
    const upgrade = { headers: { ...own, upgrade: 'websocket' } };
    const post = { method: 'POST', headers: own };
    const asked = await askWith(cookie, '/v1/live/tickets', post);
    const { ticket } = await asked.json<{ ticket: string }>();
    const protocols = { ...upgrade.headers, 'sec-websocket-protocol': `ledge.ticket.${ticket}` };
    follow('own', (await askWith(cookie, '/v1/live', upgrade)).webSocket);
    follow('ticket', (await isolate()(undefined, '/v1/live', { headers: protocols })).webSocket);
    follow('other', (await askWith(other, '/v1/live', upgrade)).webSocket);
    await ended(cookie);
    await vi.waitUntil(() => closes.length === 2, { timeout: 2_000 });
    expect(closes.sort()).toEqual(['own 4403', 'ticket 4403']);
  });

  test('also for a feed that waits', async () => {
    const { key } = await issued({ tenant: 'waiting' });
    const cookie = valueIn(await opened(key));
    const ask = isolate();
    const register = (id: string) =>
      ask(key, `/v1/commands/product/${id}/RegisterProduct`, posting({ name: id, priceCents: 1 }));
    await register('before');
    await deliver(keptMessages());
    const begun = await askWith(cookie, '/v1/events', {}, ask);
    const { after } = await begun.json<{ after: string }>();
    const waiting = askWith(cookie, `/v1/events?wait=30&after=${after}`, {}, ask);
    await ended(cookie);
    faults.clockSkewMs = 10_000;
    await register('unseen');
    await deliver(keptMessages());
    const answer = await waiting;
    expect({ status: answer.status, text: await answer.text() }).toEqual({
      ...{ status: 401, text: expect.not.stringContaining('unseen') },
    });
  });

  test('with one event, and none where it is repeated or there is no session', async () => {
    const { id, key } = await issued();
    const cookie = valueIn(await opened(key));
    const ask = isolate();
    await ended(cookie, ask);
    await ended(cookie, ask);
    await isolate()(key, '/v1/sessions', { method: 'DELETE' });
    const { AGGREGATE: objects }: LedgeEnv = env;
    expect(await objects.getByName(`ledge/ledge.sessions/${id}`).headVersion()).toBe(1);
  });

  test('or the browser keeps its cookie, where the end cannot be stored', async () => {
    const cookie = valueIn(await opened((await issued()).key));
    const { AGGREGATE: objects } = deployed;
    let isAway = false;
    const AGGREGATE = {
      getByName: (name: string) => {
        if (isAway && name.includes('ledge.sessions/')) throw new Error('Network connection lost.');
        return objects.getByName(name);
      },
    };
    const ask = isolate({ ...deployed, AGGREGATE });
    expect((await askWith(cookie, '/v1/me', {}, ask)).status).toBe(200);
    isAway = true;
    const answer = await askWith(cookie, '/v1/sessions', { method: 'DELETE', headers: own }, ask);
    expect({ status: answer.status, cookie: answer.headers.get('set-cookie') }).toEqual({
      ...{ status: 503, cookie: null },
    });
    expect((await askWith(cookie, '/v1/me', {}, isolate({ ...deployed, AGGREGATE }))).status).toBe(
      503,
    );
  });
});

describe('TK11 a session serves pages of its own origin alone', () => {
  test.each<[string, string, RequestInit]>([
    [
      'another origin’s POST',
      '/v1/sweep',
      {
        method: 'POST',
        headers: { origin: 'https://stranger.example', 'sec-fetch-site': 'cross-site' },
      },
    ],
    [
      'another origin’s read',
      '/v1/queries/products',
      { headers: { origin: 'https://stranger.example' } },
    ],
    ['another host of the domain', '/v1/me', { headers: { 'sec-fetch-site': 'same-site' } }],
    ['another site’s link', '/v1/me', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['a POST without an origin', '/v1/sweep', { method: 'POST' }],
    ['a DELETE without an origin', '/v1/sessions', { method: 'DELETE' }],
    ['an opaque origin', '/v1/me', { headers: { origin: 'null' } }],
    [
      'another origin’s socket',
      '/v1/live',
      { headers: { upgrade: 'websocket', origin: 'https://stranger.example' } },
    ],
  ])('%s is refused, and reaches nothing', async (_what, path, init) => {
    const { key } = await issued({ roles: ['operator'] });
    const cookie = valueIn(await opened(key));
    askedObjects.length = 0;
    const response = await askWith(cookie, path, init);
    expect(response.status).toBe(403);
    expect(askedObjects).toEqual([]);
  });

  test('also where another origin is allowed', async () => {
    const cookie = valueIn(await opened((await issued()).key));
    const allowing = { ...deployed, LEDGE_ALLOWED_ORIGINS: 'https://friend.example' };
    const headers = { origin: 'https://friend.example', 'sec-fetch-site': 'same-site' };
    expect((await askWith(cookie, '/v1/me', { headers }, isolate(allowing))).status).toBe(403);
  });

  test.each<[string, (cookie: string) => string]>([
    ['a forged one', (cookie) => `${cookie}x`],
    ['one for another purpose', () => `__Host-ledge=${signedText(SECRET, 'ticket', {})}`],
    ['one of another secret', () => `__Host-ledge=${signedText(`${SECRET}!`, 'session', {})}`],
    ['two of them', (cookie) => `${cookie}; ${cookie}`],
    ['one of another name', (cookie) => cookie.replace('__Host-', '')],
    ['an empty one', () => '__Host-ledge='],
  ])('%s is none', async (_what, forge) => {
    const cookie = valueIn(await opened((await issued()).key));
    askedObjects.length = 0;
    expect((await askWith(forge(cookie), '/v1/me')).status).toBe(401);
    expect(askedObjects).toEqual([]);
  });

  test('a credential in the header counts before it', async () => {
    const cookie = valueIn(await opened((await issued()).key));
    expect((await isolate()('unknown', '/v1/me', { headers: { cookie } })).status).toBe(401);
  });

  test('a session opens no other, nor does a Worker that names its callers itself', async () => {
    const cookie = valueIn(await opened((await issued()).key));
    const again = await askWith(cookie, '/v1/sessions', { method: 'POST', headers: own });
    expect(again.status).toBe(409);
    expect((await askAs('ann-token', '/v1/sessions', { method: 'POST' })).status).toBe(409);
    expect((await fetchWorker('/v1/sessions', { method: 'POST' })).status).toBe(409);
    expect((await askGuarded('/v1/me', { headers: { cookie, ...own } })).status).toBe(401);
  });
});

describe('TK12 the login page', () => {
  const html = { accept: 'text/html,*/*' };
  const posted = (key: string, redirect = '', headers: object = own) =>
    isolate()(undefined, `/login${redirect && `?redirect=${encodeURIComponent(redirect)}`}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ key }).toString(),
    });

  test.each(['/', '/reference', '/console/streams', '/pages/board/?status=placed'])(
    'is where a browser without a session is led from %s, and back',
    async (path) => {
      const led = await isolate()(undefined, path, { headers: html });
      expect(led.status).toBe(302);
      expect(led.headers.get('location')).toBe(`/login?redirect=${encodeURIComponent(path)}`);
      const { key } = await issued();
      const { status, headers } = await posted(` ${key}\n`, path);
      expect({ status, location: headers.get('location') }).toEqual({
        status: 303,
        location: `${ORIGIN}${path}`,
      });
      const cookie = valueIn(headers.get('set-cookie') ?? '');
      expect((await askWith(cookie, '/v1/me')).status).toBe(200);
    },
  );

  test('is not where programs are led', async () => {
    expect((await isolate()(undefined, '/')).status).toBe(401);
    expect((await isolate()('unknown', '/', { headers: html })).status).toBe(401);
    expect((await isolate()(undefined, '/v1/me', { headers: html })).status).toBe(401);
  });

  test('has no script, no style in it, and posts to this origin alone', async () => {
    const response = await isolate()(undefined, '/login');
    expect(response.headers.get('content-security-policy')?.split('; ').sort()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "style-src 'self'",
    ]);
    expect(await response.text()).not.toMatch(/<script|<style|style=|\son\w+=/i);
    const style = await isolate()(undefined, '/login/style.css');
    expect(style.headers.get('content-type')).toContain('text/css');
  });

  test.each([
    'https://stranger.example/',
    '//stranger.example/',
    '/\\stranger.example/',
    '/\t/stranger.example/',
    'javascript:alert(1)',
    'pages/board',
    '\\\\stranger.example',
  ])('leads to no other origin: %s', async (redirect) => {
    const { headers } = await posted((await issued()).key, redirect);
    expect(new URL(headers.get('location') ?? '').origin).toBe(ORIGIN);
  });

  test('a path that begins with two slashes once it is resolved stays here', async () => {
    const { headers } = await posted((await issued()).key, '/.//stranger.example/');
    expect(new URL(headers.get('location') ?? '', ORIGIN).origin).toBe(ORIGIN);
  });

  test.each<[string, object]>([
    ['of another origin', { origin: 'https://stranger.example', 'sec-fetch-site': 'cross-site' }],
    ['without an origin', {}],
    ['of an opaque origin', { origin: 'null' }],
  ])('a form %s signs nobody in', async (_what, headers) => {
    const response = await posted((await issued()).key, '', headers);
    expect(response.status).toBe(403);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  test.each(['hunter2', 'a\nb', '', 'ö', 'x'.repeat(3_000)])('refuses %j', async (key) => {
    const response = await posted(key, '/reference');
    expect(response.headers.get('set-cookie')).toBeNull();
    const { pathname, search } = new URL(response.headers.get('location') ?? '');
    expect(pathname).toBe('/login');
    const form = await isolate()(undefined, pathname + search);
    expect(await form.text()).toContain('This key is not valid.');
  });

  test('refuses JSON, and a body that is too large', async () => {
    const { key } = await issued();
    const headers = { ...own, 'content-type': 'application/json' };
    const answers = [
      await isolate()(undefined, '/login', { ...posting({ key }), headers }),
      await posted(key + ' '.repeat(5_000)),
    ];
    for (const answer of answers) {
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect(answer.headers.get('location')).toContain('/login?refused');
    }
  });

  test('there is none where the Worker names its callers itself, or has no secret', async () => {
    expect((await askGuarded('/login')).status).toBe(401);
    expect((await askGuarded('/', { headers: html })).status).toBe(401);
    const { LEDGE_SECRET: _secret, LEDGE_ADMIN: _admin, ...bare } = deployed;
    expect((await isolate(bare)(undefined, '/', { headers: html })).status).toBe(401);
    expect((await isolate(bare)(undefined, '/login')).status).toBe(401);
  });
});
