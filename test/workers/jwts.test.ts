/** JWTs of declared issuers let their bearers in, as their claims say, on a Worker as it is deployed. */
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { requireDistinct } from '../../worker/access/declared-issuer.ts';
import { accessJwt, oidc } from '../../worker/access/issuers.ts';
import { faults } from './support/faults.ts';
import { deliver, env, keptMessages, useKeptQueue } from './support/harness.ts';
import {
  access,
  accessClaims,
  asserted,
  bearer,
  isolate,
  keyless,
  login,
  nowSeconds,
  robotClaims,
  robots,
  soundToken,
} from './support/jwt-shop.ts';
import { deployed, issued, posting } from './support/keyed-shop.ts';
import { type IssuerKey, type Parts, signed } from './support/test-issuer.ts';

useKeptQueue();

let key: IssuerKey;
let robot: IssuerKey;
let certs: IssuerKey;

beforeAll(async () => {
  key = await login.addKey('es');
  robot = await robots.addKey('robot');
  certs = await access.addKey('certs', 'RS256');
});

/** Keys that were read at a time that an earlier test made up are in the future. */
beforeEach(async () => {
  await env.DB.exec('DELETE FROM issuer_keys');
});

const robotToken = (changed: Parts = {}) =>
  signed(robot, { alg: 'ES256', kid: 'robot', typ: 'application/at+jwt' }, robotClaims(changed));
const accessToken = (changed: Parts = {}) =>
  signed(certs, { alg: 'RS256', kid: 'certs' }, accessClaims(changed));

async function meOf(headers: Readonly<Record<string, string>>, ask = isolate().ask) {
  const response = await ask(headers);
  const me: unknown = await response.json();
  expect({ status: response.status, me }).toMatchObject({ status: 200 });
  return me;
}

describe('JW4 an issuer is not declared', () => {
  const sound = {
    ...{ issuer: 'https://login.acme.example', audience: 'ledge' },
    algorithms: ['ES256'] as const,
    tenant: () => 'main',
  };

  test.each<[string, object, string]>([
    ['without https', { issuer: 'http://login.acme.example' }, 'no https address'],
    ['by a name', { issuer: 'login.acme.example' }, 'no https address'],
    ['with a query', { issuer: 'https://login.acme.example?a=b' }, 'has a query'],
    ['with a password', { issuer: 'https://a:b@login.acme.example' }, 'no https address'],
    ['with keys over http', { jwksUrl: 'http://login.acme.example/keys' }, 'no https address'],
    ['with a shared secret', { algorithms: ['HS256'] }, 'HS256 is no algorithm of key pairs'],
    ['with none', { algorithms: ['none'] }, 'none is no algorithm of key pairs'],
    ['without an algorithm', { algorithms: [] }, 'None is no algorithm of key pairs'],
    ['without an audience', { audience: [] }, 'without an audience'],
    ['with an empty audience', { audience: '' }, 'without an audience'],
  ])('%s', (_what, changed, text) => {
    // As an app in JavaScript may write it.
    const options = { ...sound, ...changed } as unknown as typeof sound;
    expect(() => oidc(options)).toThrow(text);
  });

  test('twice', () => {
    expect(() => requireDistinct([oidc(sound), oidc({ ...sound, audience: 'b' })])).toThrow(
      'twice',
    );
  });

  test('as a team that is an address', () => {
    const mapping = { audience: 'a', tenant: () => 'main' };
    expect(() => accessJwt({ team: 'acme.example/', ...mapping })).toThrow('no team');
  });
});

describe('JW5 a token names its principal', () => {
  test('which is the actor of its commands, in its tenant', async () => {
    const { ask } = isolate();
    const claims = { customer: 'ann', regions: ['de', 'at'] };
    const exp = nowSeconds() + 600;
    const headers = bearer(await soundToken(key, { ...claims, exp }));
    expect(await meOf(headers, ask)).toMatchObject({
      ...{ id: 'user:ann', tenant: 'acme', roles: ['clerk'], claims },
      expiresAt: new Date(exp * 1_000).toISOString(),
    });
    const { headers: type, ...command } = posting({ name: 'Chai', priceCents: 1_800 });
    const sent = await ask(
      { ...headers, ...Object.fromEntries(new Headers(type)) },
      '/v1/commands/product/chai/RegisterProduct',
      command,
    );
    expect(await sent.json()).toMatchObject({
      events: [{ tenant: 'acme', metadata: { actor: 'user:ann' } }],
    });
    await deliver(keptMessages());
    expect((await ask(headers, '/v1/queries/products/chai')).status).toBe(200);
  });

  test('without roles and claims, where it has none', async () => {
    const token = await soundToken(key, { permissions: undefined });
    expect(await meOf(bearer(token))).toMatchObject({ roles: [], claims: {} });
  });

  test('of a kind that the issuer is declared with', async () => {
    const token = await robotToken({ realm: { roles: ['operator'] } });
    expect(await meOf(bearer(token))).toMatchObject({
      id: 'service:importer',
      roles: ['operator'],
    });
  });

  test('with clocks that differ by half a minute', async () => {
    const [iat, nbf] = [nowSeconds() + 29, nowSeconds() + 29];
    expect(await meOf(bearer(await soundToken(key, { iat, nbf })))).toMatchObject({
      id: 'user:ann',
    });
  });

  test('of the tenant of an issuer that says so, beside API keys', async () => {
    const { ask } = isolate(deployed);
    const issuedKey = await issued();
    expect(await meOf(bearer(issuedKey.key), ask)).toMatchObject({ id: 'service:shop' });
    expect(await meOf(bearer(await soundToken(key)), ask)).toMatchObject({ id: 'user:ann' });
  });

  test('on a socket, which is sent nothing once ten minutes are over, or the token’s time', async () => {
    for (const [exp, endMs] of [
      [7_200, 600_000],
      [60, 60_000],
    ] as const) {
      const { ask } = isolate();
      const token = await soundToken(key, { exp: nowSeconds() + exp });
      const headers = { upgrade: 'websocket', ...bearer(token) };
      const { webSocket } = await ask(headers, '/v1/live');
      const socket = webSocket ?? expect.unreachable();
      const received: unknown[] = [];
      socket.addEventListener('message', ({ data }) => received.push(data));
      const closed = new Promise<number>((settle) => {
        socket.addEventListener('close', ({ code }) => settle(code));
      });
      socket.accept();
      socket.send(JSON.stringify({ type: 'subscribe', id: 'a', query: 'products' }));
      await vi.waitUntil(() => received.length > 0);
      const before = received.length;
      faults.clockSkewMs += endMs + 1_000;
      socket.send(JSON.stringify({ type: 'subscribe', id: 'b', query: 'products' }));
      expect(await closed).toBe(4401);
      expect(received.length).toBe(before);
    }
  });
});

describe('JW6 a token is verified once in five minutes', () => {
  test('and costs no row in between, whatever its claims', async () => {
    const { ask } = isolate();
    const verify = vi.spyOn(crypto.subtle, 'verify');
    const headers = bearer(await soundToken(key, { exp: nowSeconds() + 7_200 }));
    await meOf(headers, ask);
    let trips = 0;
    faults.beforeTrip = () => {
      trips += 1;
    };
    verify.mockClear();
    for (let request = 0; request < 5; request++) await meOf(headers, ask);
    expect([verify.mock.calls.length, trips]).toEqual([0, 0]);
    faults.clockSkewMs += 301_000;
    for (let request = 0; request < 5; request++) await meOf(headers, ask);
    expect([verify.mock.calls.length, trips]).toEqual([1, 1]);
    verify.mockRestore();
  });

  test('and refused from its end on', async () => {
    const { ask } = isolate();
    const headers = bearer(await soundToken(key, { exp: nowSeconds() + 60 }));
    await meOf(headers, ask);
    faults.clockSkewMs += 60_001;
    const response = await ask(headers);
    expect(await response.json()).toMatchObject({ status: 401, why: 'expired' });
    expect(response.headers.get('www-authenticate')).toContain('error_description="expired"');
  });

  test('and not once the isolate knows that its key was withdrawn', async () => {
    const { ask, tick } = isolate();
    await meOf(bearer(await soundToken(key)), ask);
    faults.clockSkewMs += 290_000;
    const headers = bearer(await soundToken(key));
    await meOf(headers, ask);
    login.published = [];
    await tick();
    faults.clockSkewMs += 20_000;
    expect((await ask(headers)).status).toBe(401);
    login.published = [key.jwk];
  });

  test('and in the header alone in which it was verified', async () => {
    const { ask } = isolate();
    const token = await accessToken();
    await meOf(asserted(token), ask);
    expect((await ask(bearer(token))).status).toBe(401);
  });
});

describe('JW7 Cloudflare Access', () => {
  test('names a person by its sub, with the claims of the identity provider', async () => {
    const token = await accessToken({ sub: '7335d417', custom: { ledge_roles: ['operator'] } });
    const me = await meOf(asserted(token));
    expect(me).toMatchObject({ id: 'user:7335d417', tenant: 'main', roles: ['operator'] });
  });

  test('names a service token by its common name', async () => {
    const token = await accessToken({ sub: '', common_name: 'e367.access' });
    expect(await meOf(asserted(token))).toMatchObject({ id: 'service:e367.access', roles: [] });
  });

  test.each([
    ['without Origin', { 'sec-fetch-site': 'cross-site' }],
    ['with its own', { origin: 'https://stranger.example', 'sec-fetch-site': 'cross-site' }],
    ['with the cookie of Access', { cookie: 'CF_Authorization=x' }],
    ['for a socket', { origin: 'https://stranger.example', upgrade: 'websocket' }],
  ])('does not speak for a page of another origin: %s', async (_what, headers) => {
    const response = await isolate().ask(
      { ...asserted(await accessToken()), ...headers },
      '/v1/live',
    );
    expect(response.status).toBe(403);
  });

  test('speaks for a page of its own origin', async () => {
    const headers = { 'sec-fetch-site': 'same-origin', cookie: 'CF_Authorization=x' };
    await meOf({ ...asserted(await accessToken()), ...headers });
  });
});

describe('JW8 a token', () => {
  test('lets nothing in beside a hook that does not ask for it', async () => {
    const { ask } = isolate(keyless, () => undefined);
    const response = await ask(bearer(await soundToken(key)));
    expect(await response.json()).toMatchObject({ status: 401, why: 'invalid' });
  });

  test('lets in where a hook asks for it, and is refused with its reason', async () => {
    const { ask } = isolate(
      keyless,
      async (_request, _env, apiKey, jwt) => (await apiKey()) ?? jwt(),
    );
    expect(await meOf(bearer(await soundToken(key)), ask)).toMatchObject({ id: 'user:ann' });
    const old = await soundToken(key, { iat: nowSeconds() - 90, exp: nowSeconds() - 60 });
    expect(await (await ask(bearer(old))).json()).toMatchObject({ status: 401, why: 'expired' });
    expect(await (await ask({})).json()).toMatchObject({ status: 401, why: 'missing' });
  });

  test('is 503 for a hook whose issuer’s keys are not known', async () => {
    login.fate = 'down';
    const { ask } = isolate(keyless, (_request, _env, _apiKey, jwt) => jwt());
    const response = await ask(bearer(await soundToken(key)));
    login.fate = 'answers';
    expect(await response.json()).toMatchObject({ status: 503 });
  });

  test('is checked in local development where it is sent, and not required', async () => {
    const local = { ...keyless, LEDGE_LOCAL_DEVELOPMENT: 'true', LEDGE_DEV_HOSTS: 'shop.example' };
    const { ask } = isolate(local);
    expect(await meOf({}, ask)).toMatchObject({ id: 'local-developer' });
    expect(await meOf(bearer(await soundToken(key)), ask)).toMatchObject({ id: 'user:ann' });
    expect((await ask(bearer('unknown'))).status).toBe(401);
    expect((await ask(asserted('unknown'))).status).toBe(401);
  });
});
