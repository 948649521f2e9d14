/** Single-use tickets: what opens and renews a socket, and everything that does not. */
import { evictDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { issueKey, newKeyId } from '../../worker/access/issue-key.ts';
import { signedText } from '../../worker/access/signed-text.ts';
import type { Principal } from '../../worker/runtime/principal.ts';
import { faults } from './support/faults.ts';
import {
  askAs,
  ask as askGuarded,
  offeredBy,
  offering,
  principals,
} from './support/guarded-shop.ts';
import { deliver, env, fetchWorker, keptMessages, useKeptQueue } from './support/harness.ts';
import { askedObjects, deployed, isolate, issued, posting, revoked } from './support/keyed-shop.ts';
import { liveObject } from './support/live-client.ts';
import { SECRET } from './support/secret.ts';

useKeptQueue();

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 10_000, interval: 10 });

/** The names of the Live objects that were asked. */
const askedLive: string[] = [];
const bindings = {
  ...deployed,
  LIVE: {
    getByName(name: string) {
      askedLive.push(name);
      return env.LIVE.getByName(name);
    },
  } as unknown as typeof deployed.LIVE,
};

beforeEach(() => {
  askedLive.length = 0;
});

type Ask = ReturnType<typeof isolate>;

async function ticketFor(key: string, ask: Ask = isolate(bindings), path = '/v1/live/tickets') {
  const response = await ask(key, path, { method: 'POST' });
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  return response.json<{ ticket: string; expiresAt: string }>();
}

function upgrade(ticket: string, ask: Ask = isolate(bindings), path = '/v1/live') {
  const headers = {
    upgrade: 'websocket',
    'sec-websocket-protocol': offering(ticket).join(', '),
  };
  return ask(undefined, path, { headers });
}

function follow(webSocket: WebSocket | null) {
  const socket = webSocket ?? expect.unreachable();
  const frames: { readonly type: string; readonly until?: string }[] = [];
  const closes: number[] = [];
  socket.addEventListener('message', ({ data }) => frames.push(JSON.parse(String(data))));
  socket.addEventListener('close', ({ code }) => closes.push(code));
  socket.accept();
  onTestFinished(() => socket.close());
  const send = (frame: object) => socket.send(JSON.stringify(frame));
  const types = () => frames.map(({ type }) => type);
  return { frames, closes, send, types };
}

async function refusal(ticket: string, ask?: Ask, path?: string): Promise<number> {
  const { status, webSocket } = await upgrade(ticket, ask, path);
  expect(webSocket).toBeNull();
  return status;
}

async function committed(key: string, id: string): Promise<void> {
  const path = `/v1/commands/product/${id}/RegisterProduct`;
  const sent = await isolate()(key, path, posting({ name: id, priceCents: 1 }));
  expect(sent.status).toBe(200);
  await deliver(keptMessages());
}

describe('TK5 a ticket opens one socket for its caller', () => {
  test('which sees the rows of that tenant alone', async () => {
    const { key } = await issued({ tenant: 'ticketed' });
    await committed(key, 'theirs');
    const { ticket, expiresAt } = await ticketFor(key);
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(MINUTE_MS);
    expect(ticket.length).toBeLessThanOrEqual(1_500);
    const { webSocket, headers } = await upgrade(ticket);
    expect(headers.get('sec-websocket-protocol')).toBe('ledge.live');
    const { frames, send } = follow(webSocket);
    send({ type: 'subscribe', id: 'a', query: 'products' });
    await until(() => frames.length === 1);
    expect(JSON.stringify(frames)).toContain('theirs');
    expect(askedLive).toEqual(['ticketed/0']);
  });

  test('and no second one, in any isolate', async () => {
    const { ticket } = await ticketFor((await issued()).key);
    follow((await upgrade(ticket)).webSocket);
    expect(await refusal(ticket)).toBe(401);
    expect(await refusal(ticket, isolate(bindings))).toBe(401);
  });

  test('nor two at the same time', async () => {
    const { ticket } = await ticketFor((await issued()).key);
    const opened = await Promise.all(Array.from({ length: 5 }, () => upgrade(ticket)));
    for (const { webSocket } of opened) if (webSocket) follow(webSocket);
    expect(opened.map(({ status }) => status).sort()).toEqual([101, 401, 401, 401, 401]);
  });

  test('nor anything but a socket', async () => {
    const { ticket } = await ticketFor((await issued()).key);
    for (const path of ['/v1/me', '/v1/queries/products', '/v1/events', '/v1/live/products']) {
      expect(await refusal(ticket, isolate(bindings), path)).toBe(401);
    }
    expect((await isolate(bindings)(ticket, '/v1/me')).status).toBe(401);
    expect(askedLive).toEqual([]);
  });

  test('a principal that reaches no data gets none', async () => {
    const { key } = await issued({ tenant: 'ledge', roles: ['admin'] });
    const response = await isolate(bindings)(key, '/v1/live/tickets', { method: 'POST' });
    expect(response.status).toBe(403);
  });
});

describe('TK6 what is no ticket of the deployment is refused, and wakes nothing', () => {
  const claim = {
    ...{ id: 'x', tenant: 'main', shard: 0, actor: 'user:eve', roles: ['operator'], claims: {} },
    ...{ untilMs: Date.now() + HOUR_MS, key: null, expiresAtMs: Date.now() + MINUTE_MS },
  };
  const flipped = (text: string, at: number) =>
    text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

  test.each([
    ['another secret', () => signedText(`${SECRET}, another`, 'ticket', claim)],
    ['another purpose', () => signedText(SECRET, 'session', claim)],
    ['a changed claim', (ticket: string) => flipped(ticket, 20)],
    ['a changed signature', (ticket: string) => flipped(ticket, ticket.length - 10)],
    ['another last character', (ticket: string) => flipped(ticket, ticket.length - 1)],
    ['no signature', (ticket: string) => ticket.replace(/\..*/, '')],
    ['an empty signature', (ticket: string) => ticket.replace(/\..*/, '.')],
    ['two signatures', (ticket: string) => `${ticket}.${ticket.replace(/.*\./, '')}`],
    ['a member too many', () => signedText(SECRET, 'ticket', { ...claim, admin: true })],
    ['a member too few', () => signedText(SECRET, 'ticket', { ...claim, shard: undefined })],
    ['an end that has passed', () => signedText(SECRET, 'ticket', { ...claim, untilMs: 1 })],
    ['an API key', () => issueKey(SECRET, newKeyId(Date.now())).key],
    ['nothing', () => ''],
    ['a long text', () => 'a'.repeat(5_000)],
  ])('%s', async (_what, forge) => {
    const { key } = await issued();
    const { ticket } = await ticketFor(key);
    askedObjects.length = 0;
    expect(await refusal(forge(ticket))).toBe(401);
    expect({ askedLive, askedObjects }).toEqual({ askedLive: [], askedObjects: [] });
    follow((await upgrade(ticket)).webSocket);
  });

  test('one that is older than a minute', async () => {
    const { ticket } = await ticketFor((await issued()).key);
    faults.clockSkewMs = MINUTE_MS;
    expect(await refusal(ticket)).toBe(401);
    expect(askedLive).toEqual([]);
  });

  test('one with another tenant than it was issued for', async () => {
    const { ticket } = await ticketFor((await issued({ tenant: 'theirs' })).key);
    const [text = '', signature] = ticket.split('.');
    const named = JSON.parse(Buffer.from(text, 'base64url').toString());
    const foreign = Buffer.from(JSON.stringify({ ...named, tenant: 'main' })).toString('base64url');
    expect(await refusal(`${foreign}.${signature}`)).toBe(401);
    expect(askedLive).toEqual([]);
  });

  test('the previous secret of the deployment counts while it is there', async () => {
    const { ticket } = await ticketFor((await issued()).key);
    const renewed = `${SECRET}, renewed`;
    const both = { ...bindings, LEDGE_SECRET: renewed, LEDGE_SECRET_PREVIOUS: SECRET };
    expect(await refusal(ticket, isolate({ ...bindings, LEDGE_SECRET: renewed }))).toBe(401);
    follow((await upgrade(ticket, isolate(both))).webSocket);
  });
});

describe('TK7 a ticket is worth no more than its credential', () => {
  test('it opens nothing once the key is revoked', async () => {
    const { id, key } = await issued();
    const { ticket } = await ticketFor(key);
    await revoked(id);
    expect(await refusal(ticket)).toBe(401);
    expect(askedLive).toEqual([]);
  });

  test('and its socket is sent nothing ten seconds after that', async () => {
    const { id, key } = await issued({ tenant: 'worthless' });
    const writer = await issued({ tenant: 'worthless' });
    const { frames, closes, send } = follow(
      (await upgrade((await ticketFor(key)).ticket)).webSocket,
    );
    send({ type: 'subscribe', id: 'a', query: 'products' });
    await until(() => frames.length === 1);
    await revoked(id);
    faults.clockSkewMs = 10_000;
    await committed(writer.key, 'unseen');
    await until(() => closes.length > 0);
    expect({ closes, frames: frames.length }).toEqual({ closes: [4403], frames: 1 });
  });

  test('its socket lasts an hour, and no longer than the key', async () => {
    const brief = new Date(Date.now() + 10 * MINUTE_MS).toISOString();
    for (const [input, lastsMs] of [
      [{}, HOUR_MS],
      [{ expiresAt: brief }, 10 * MINUTE_MS],
    ] as const) {
      faults.clockSkewMs = 0;
      const { ticket } = await ticketFor((await issued(input)).key);
      const { closes, send, types } = follow((await upgrade(ticket)).webSocket);
      send({ type: 'subscribe', id: 'a', query: 'products' });
      await until(() => types().length === 1);
      faults.clockSkewMs = lastsMs + 1_000;
      send({ type: 'subscribe', id: 'b', query: 'products' });
      await until(() => closes.length > 0);
      expect({ closes, types: types() }).toEqual({ closes: [4401], types: ['snapshot'] });
    }
  });

  test('a caller with more roles and claims than fit gets none', async () => {
    const claims = { regions: 'x'.repeat(2_000) };
    principals.set('wide-token', { id: 'user:wide', tenant: 'main', claims });
    const response = await askAs('wide-token', '/v1/live/tickets', { method: 'POST' });
    expect(response.status).toBe(413);
  });
});

describe('TK8 `renew` moves the end of a socket, whose subscriptions go on', () => {
  const opened = async (tenant: string, key: string) => {
    const { webSocket } = await upgrade((await ticketFor(key)).ticket);
    const socket = follow(webSocket);
    socket.send({ type: 'subscribe', id: 'a', query: 'products' });
    await until(() => socket.types().length === 1);
    const renew = async (ticket: string) => {
      const known = socket.frames.length;
      socket.send({ type: 'renew', id: 'r', ticket });
      await until(() => socket.frames.length + socket.closes.length > known);
    };
    return { ...socket, renew, tenant };
  };

  test.each([false, true])('after a hibernation: %s', async (slept) => {
    const tenant = `renewed-${slept}`;
    const { key } = await issued({ tenant });
    const { frames, closes, types, renew } = await opened(tenant, key);
    faults.clockSkewMs = 50 * MINUTE_MS;
    await renew((await ticketFor(key)).ticket);
    expect(Date.parse(frames.at(-1)?.until ?? '')).toBeGreaterThan(Date.now() + 100 * MINUTE_MS);
    if (slept) await evictDurableObject(liveObject(tenant), { webSockets: 'hibernate' });
    faults.clockSkewMs = 100 * MINUTE_MS;
    await committed(key, 'seen');
    await until(() => types().includes('change') || types().length > 2);
    expect(closes).toEqual([]);
    expect(JSON.stringify(frames.at(-1))).toContain('seen');
  });

  test.each<[string, (ticket: string) => Promise<string> | string]>([
    ['a forged ticket', (ticket) => `${ticket}x`],
    [
      'one of another principal',
      async () =>
        (await ticketFor((await issued({ principal: 'user:eve', tenant: 'refusing' })).key)).ticket,
    ],
    [
      'one with other roles',
      async () =>
        (await ticketFor((await issued({ roles: ['operator'], tenant: 'refusing' })).key)).ticket,
    ],
    ['one of another tenant', async () => (await ticketFor((await issued()).key)).ticket],
    [
      'one that opened a socket',
      async (ticket) => {
        follow((await upgrade(ticket)).webSocket);
        return ticket;
      },
    ],
  ])('but %s closes it', async (_what, forge) => {
    const { key } = await issued({ tenant: 'refusing' });
    const { closes, frames, renew } = await opened('refusing', key);
    await renew(await forge((await ticketFor(key)).ticket));
    await until(() => closes.length > 0);
    expect(frames.at(-1)).toMatchObject({ type: 'error', id: 'r', problem: { status: 401 } });
    expect(closes).toEqual([4401]);
  });

  test('nor does one whose key was revoked', async () => {
    const { id, key } = await issued({ tenant: 'revoking' });
    const { closes, types, renew } = await opened('revoking', key);
    const { ticket } = await ticketFor(key);
    await revoked(id);
    faults.clockSkewMs = 10_000;
    await renew(ticket);
    await until(() => closes.length > 0);
    expect({ closes, types: types() }).toEqual({ closes: [4403], types: ['snapshot'] });
  });

  test('nor a ticket twice', async () => {
    const { key } = await issued({ tenant: 'twice' });
    const { closes, types, renew } = await opened('twice', key);
    const { ticket } = await ticketFor(key);
    await renew(ticket);
    await renew(ticket);
    await until(() => closes.length > 0);
    expect(types()).toEqual(['snapshot', 'renewed', 'error']);
  });
});

describe('TK9 tickets need the secret', () => {
  test('of a deployment with a hook: without it they are refused, with the reason', async () => {
    const response = await askGuarded(
      '/v1/live/tickets',
      { method: 'POST', headers: { authorization: 'Bearer ann-token' } },
      env,
    );
    expect(response.status).toBe(409);
    expect(await response.text()).toContain('LEDGE_SECRET');
    const forged = signedText('local-development', 'ticket', {});
    const headers = { upgrade: 'websocket', 'sec-websocket-protocol': offering(forged).join(', ') };
    expect((await askGuarded('/v1/live', { headers }, env)).status).toBe(401);
  });

  test('but not in local development without one, where nothing is checked', async () => {
    const response = await fetchWorker('/v1/live/tickets', { method: 'POST' });
    const { ticket }: { ticket: string } = await response.json();
    const protocols = offering(ticket).join(', ');
    const { webSocket } = await fetchWorker('/v1/live', {
      headers: { upgrade: 'websocket', 'sec-websocket-protocol': protocols },
    });
    follow(webSocket);
  });

  test('a hook’s ticket carries its principal, roles and claims', async () => {
    const principal: Principal = { id: 'user:tia', tenant: 'hooked', claims: { customer: 'ö' } };
    principals.set('tia-token', principal);
    const headers = {
      upgrade: 'websocket',
      'sec-websocket-protocol': (await offeredBy('tia-token')).join(', '),
    };
    const { frames, send } = follow((await askGuarded('/v1/live', { headers })).webSocket);
    send({ type: 'subscribe', id: 'a', query: 'products' });
    await until(() => frames.length === 1);
  });
});
