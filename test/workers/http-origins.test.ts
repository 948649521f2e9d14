/** Pages of other origins: refused by browsers unless the deployment names them. */
import { createExecutionContext } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { type Credential, refusedOrigin } from '../../worker/http/origins.ts';
import { worker } from './support/entry.ts';
import { env, useKeptQueue } from './support/harness.ts';

useKeptQueue();

const SHOP = 'https://shop.example';
const STRANGER = 'https://stranger.example';

function ask(origin: string, init: RequestInit = {}, names: string | null = SHOP) {
  const bindings = names === null ? env : { ...env, LEDGE_ALLOWED_ORIGINS: names };
  const headers = { ...init.headers, origin };
  const request = new Request('http://localhost/v1/queries/products', { ...init, headers });
  return worker.fetch(request, bindings, createExecutionContext());
}

const preflight: RequestInit = {
  method: 'OPTIONS',
  headers: {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,idempotency-key',
  },
};

const allowed = (response: Response) => response.headers.get('access-control-allow-origin');

describe('H32 a page of another origin', () => {
  test('may send requests if its origin is configured, and read the headers of responses', async () => {
    const response = await ask(SHOP, {}, `https://other.example, ${SHOP}`);
    expect(response.status).toBe(200);
    expect(allowed(response)).toBe(SHOP);
    expect(response.headers.get('vary')).toContain('Origin');
    expect(response.headers.get('access-control-expose-headers')).toContain('consistency-token');
  });

  test('is informed by the preflight, without a credential', async () => {
    const { LEDGE_LOCAL_DEVELOPMENT: _open, ...closed } = env;
    const headers = { ...preflight.headers, origin: SHOP };
    const request = new Request('http://localhost/v1/commands/order/o-1/PlaceOrder', {
      ...preflight,
      headers,
    });
    const bindings = { ...closed, LEDGE_ALLOWED_ORIGINS: SHOP };
    const response = await worker.fetch(request, bindings, createExecutionContext());
    expect(response.status).toBe(204);
    expect(allowed(response)).toBe(SHOP);
    expect(response.headers.get('access-control-allow-headers')).toContain('idempotency-key');
  });

  test('is let in by no preflight: without a credential the answer is 401', async () => {
    const { LEDGE_LOCAL_DEVELOPMENT: _open, ...closed } = env;
    const request = new Request('http://localhost/v1/queries/products', {
      headers: { origin: SHOP },
    });
    const bindings = { ...closed, LEDGE_ALLOWED_ORIGINS: SHOP };
    const response = await worker.fetch(request, bindings, createExecutionContext());
    expect(response.status).toBe(401);
    expect(allowed(response)).toBe(SHOP);
  });

  test.each([
    ['another one', STRANGER, SHOP],
    ['one that begins alike', `${SHOP}.other.example`, SHOP],
    ['any, where none is named', SHOP, null],
    ['any, where the list is empty', SHOP, ' , '],
    ['none of its own', 'null', SHOP],
  ])('is not, if it is %s', async (_what, origin, names) => {
    expect(allowed(await ask(origin, {}, names))).toBeNull();
    expect(allowed(await ask(origin, preflight, names))).toBeNull();
  });

  test('gets a socket when its origin is named', async () => {
    const response = await upgrade('/v1/live', { origin: SHOP });
    expect(response.status).toBe(101);
    response.webSocket?.accept();
    response.webSocket?.close();
  });
});

/** What a browser sends for a page of that origin; the socket itself, and addresses that take none. */
const SOCKET_PATHS = [
  '/v1/live',
  '/v1/live?client=page',
  '/v1/live/products',
  '/v1/queries/products',
];

const FOREIGN = [
  ['another origin', STRANGER],
  ['an origin that begins alike', `${SHOP}.other.example`],
  ['another port', 'http://localhost:5173'],
  ['another scheme', 'https://localhost'],
  ['an opaque origin', 'null'],
  ['an empty origin', ''],
] as const;

function upgrade(path: string, headers: Record<string, string>) {
  return answer(path, { ...headers, upgrade: 'websocket' });
}

/** Fails where a Live object is reached. */
function answer(path: string, headers: Record<string, string>, method = 'GET') {
  const bindings = { ...env, LEDGE_ALLOWED_ORIGINS: SHOP };
  const request = new Request(`http://localhost${path}`, { method, headers });
  return worker.fetch(request, bindings, createExecutionContext());
}

describe.each(FOREIGN)('H38 a page of %s', (_what, origin) => {
  test.each(SOCKET_PATHS)('gets no socket at %s', async (path) => {
    await expectForbidden(upgrade(path, { origin }));
  });

  test.each(['GET', 'HEAD', 'POST'])('gets nothing with %s', async (method) => {
    await expectForbidden(answer('/v1/live/products', { origin }, method));
  });
});

test('H38 a page of the Worker’s own origin gets its socket, and so does a caller without an origin', async () => {
  for (const headers of [{ origin: 'http://localhost' }, {}] as const) {
    const { status, webSocket } = await upgrade('/v1/live', headers);
    expect(status).toBe(101);
    webSocket?.accept();
    webSocket?.close();
  }
});

const READ = { method: 'GET' };
const WRITE = { method: 'POST' };
const SOCKET = { method: 'GET', headers: { upgrade: 'websocket' } };

/** Per credential, what is refused: a request of a foreign page, of the own page, of an allowed one, of none. */
const REFUSED: readonly [
  Credential,
  RequestInit,
  Record<'foreign' | 'own' | 'named' | 'none', boolean>,
][] = [
  ['header', READ, { foreign: false, own: false, named: false, none: false }],
  ['header', WRITE, { foreign: false, own: false, named: false, none: false }],
  ['header', SOCKET, { foreign: true, own: false, named: false, none: false }],
  ['machine', READ, { foreign: true, own: false, named: false, none: false }],
  ['machine', SOCKET, { foreign: true, own: false, named: false, none: false }],
  ['cookie', READ, { foreign: true, own: false, named: false, none: true }],
  ['cookie', WRITE, { foreign: true, own: false, named: false, none: true }],
  ['cookie', SOCKET, { foreign: true, own: false, named: false, none: true }],
];

describe('H38 what lets a request in decides', () => {
  test.each(REFUSED)('by %s: %j', (credential, init, refused) => {
    const origins = { foreign: STRANGER, own: 'https://ledge.example', named: SHOP };
    const judged = (headers: Record<string, string>) => {
      const request = new Request('https://ledge.example/v1/live', {
        ...init,
        headers: { ...init.headers, ...headers },
      });
      const bindings = { ...env, LEDGE_ALLOWED_ORIGINS: SHOP };
      return refusedOrigin(request, bindings, credential)?.outcome === 'forbidden';
    };
    const each = Object.entries(origins).map(([name, origin]) => [name, judged({ origin })]);
    expect({ ...Object.fromEntries(each), none: judged({}) }).toEqual(refused);
    expect(judged({ 'sec-fetch-site': 'same-origin' })).toBe(false);
    expect(judged({ 'sec-fetch-site': 'cross-site' })).toBe(refused.none);
  });
});

async function expectForbidden(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  expect(response.status).toBe(403);
  expect(response.webSocket).toBeNull();
  expect(allowed(response)).toBeNull();
  if (response.body) expect(await response.json()).toMatchObject({ type: '/problems/forbidden' });
}
