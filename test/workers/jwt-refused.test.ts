/** Tokens that are refused: of another issuer, audience, algorithm, key, time, type, form or place. */
import { createHmac } from 'node:crypto';
import { exportSPKI } from 'jose';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RefusalReason } from '../../core/aggregate/outcome.ts';
import { faults } from './support/faults.ts';
import { useKeptQueue } from './support/harness.ts';
import { expectDescribed, objectCount, rowsInD1 } from './support/hostile.ts';
import {
  access,
  accessClaims,
  asserted,
  bearer,
  isolate,
  login,
  nowSeconds,
  robotClaims,
  robots,
  soundClaims,
  soundToken,
} from './support/jwt-shop.ts';
import { askedObjects } from './support/keyed-shop.ts';
import { encoded, type IssuerKey, newKey, type Parts, signed } from './support/test-issuer.ts';

useKeptQueue();

interface Keys {
  readonly es: IssuerKey;
  readonly rs: IssuerKey;
  readonly es384: IssuerKey;
  readonly robot: IssuerKey;
  readonly certs: IssuerKey;
  readonly twice: IssuerKey;
  /** Published by none. */
  readonly stranger: IssuerKey;
}

let keys: Keys;
let { ask } = isolate();

beforeAll(async () => {
  keys = {
    es: await login.addKey('es'),
    rs: await login.addKey('rs', 'RS256'),
    es384: await login.addKey('es384', 'ES384'),
    robot: await robots.addKey('robot'),
    certs: await access.addKey('certs', 'RS256'),
    // Two keys under one id: neither can be meant.
    twice: await login.addKey('twice'),
    stranger: await newKey('es'),
  };
  await login.addKey('twice');
});

/** Each issuer's keys are known, and the issuers were asked for unknown ones just now. */
beforeEach(async () => {
  ({ ask } = isolate());
  for (const headers of await Promise.all([sound(), soundRobot(), soundAccess(), unknownKey()])) {
    await (await ask(headers)).body?.cancel();
  }
  faults.log.length = 0;
  askedObjects.length = 0;
});

const sound = async () => bearer(await soundToken(keys.es));
const unknownKey = async () => bearer(await soundToken(keys.es, {}, { kid: 'unknown' }));
const robotHeader = { alg: 'ES256', kid: 'robot', typ: 'at+jwt' };
const robot = async (changed: Parts = {}, header: Parts = {}) =>
  bearer(await signed(keys.robot, { ...robotHeader, ...header }, robotClaims(changed)));
const soundRobot = () => robot();
const accessHeader = { alg: 'RS256', kid: 'certs' };
const accessToken = (changed: Parts = {}) =>
  signed(keys.certs, accessHeader, accessClaims(changed));
const soundAccess = async () => asserted(await accessToken());

test('EN5 the sound tokens are accepted', async () => {
  for (const headers of [await sound(), await soundRobot(), await soundAccess()]) {
    expect((await ask(headers)).status).toBe(200);
  }
  expect((await ask(bearer(await soundToken(keys.rs)))).status).toBe(200);
});

type Forge = () => Promise<Readonly<Record<string, string>>>;
type Row = readonly [what: string, forge: Forge, why?: RefusalReason];

const withClaims = (changed: Parts) => async () => bearer(await soundToken(keys.es, changed));
const withHeader = (header: Parts) => async () => bearer(await soundToken(keys.es, {}, header));
const withText = (change: (parts: string[]) => string[]) => async () =>
  bearer(change((await soundToken(keys.es)).split('.')).join('.'));

const unsigned = (alg: string) => async () =>
  bearer(
    `${encoded(JSON.stringify({ alg, kid: 'es' }))}.${encoded(JSON.stringify(soundClaims()))}.`,
  );

/** Signed with a text that everybody has, as if it were a secret. */
const hmacOf = (secret: () => Promise<string>) => async () => {
  const header = encoded(JSON.stringify({ alg: 'HS256', kid: 'es' }));
  const text = `${header}.${encoded(JSON.stringify(soundClaims()))}`;
  return bearer(
    `${text}.${createHmac('sha256', await secret())
      .update(text)
      .digest('base64url')}`,
  );
};

const algorithms: Row[] = [
  ['alg none', unsigned('none')],
  ['alg nOnE', unsigned('nOnE')],
  ['alg none over a signature', withHeader({ alg: 'none' })],
  ['no alg', withHeader({ alg: undefined })],
  ['HS256 with the public key as the secret', hmacOf(() => exportSPKI(keys.es.publicKey))],
  ['HS256 with the published key as the secret', hmacOf(async () => JSON.stringify(keys.es.jwk))],
  [
    'ES384, which is not declared',
    async () => bearer(await signed(keys.es384, { alg: 'ES384', kid: 'es384' }, soundClaims())),
  ],
  ['RS256 with a key of ES256', withHeader({ alg: 'RS256' })],
  [
    'ES256 with a key of RS256',
    async () => bearer(await soundToken(keys.rs, {}, { alg: 'ES256' })),
  ],
];

const ofKeys: Row[] = [
  ['no kid', withHeader({ kid: undefined })],
  ['an empty kid', withHeader({ kid: '' })],
  ['a kid that is no text', withHeader({ kid: 7 })],
  ['an unknown kid', unknownKey],
  ['a kid of every object', withHeader({ kid: '__proto__' })],
  ['a kid that two keys have', async () => bearer(await soundToken(keys.twice))],
  ['the kid of another issuer', withHeader({ kid: 'robot' })],
  [
    'the right kid over a signature of another key',
    async () => bearer(await soundToken(keys.stranger)),
  ],
  [
    'a key of its own in jwk',
    async () => bearer(await soundToken(keys.stranger, {}, { jwk: keys.stranger.jwk, kid: 'own' })),
  ],
  ['an address of keys in jku', withHeader({ jku: 'https://stranger.example/keys', kid: 'far' })],
  [
    'an address of certificates in x5u',
    withHeader({ x5u: 'https://stranger.example', kid: 'far' }),
  ],
  ['crit', withHeader({ crit: ['exp'] })],
  ['an unencoded payload', withHeader({ crit: ['b64'], b64: false })],
];

const signatures: Row[] = [
  ['no signature', withText(([header = '', claims = '']) => [header, claims, ''])],
  ['two parts', withText((parts) => parts.slice(0, 2))],
  ['five parts, as an encrypted one', withText((parts) => [...parts, 'AA', 'AA'])],
  [
    'a signature of zeros',
    withText(([header = '', claims = '']) => [header, claims, 'A'.repeat(86)]),
  ],
  [
    'half a signature',
    withText(([header = '', claims = '', signature = '']) => [header, claims, signature.slice(43)]),
  ],
  [
    'claims that were changed after it was signed',
    withText(([header = '', _claims, signature = '']) => [
      header,
      encoded(JSON.stringify(soundClaims({ permissions: ['operator'] }))),
      signature,
    ]),
  ],
  [
    'a header that was changed after it was signed',
    withText(([_header, ...others]) => [
      encoded('{"alg":"ES256","kid":"es","typ":"at+jwt"}'),
      ...others,
    ]),
  ],
];

const issuers: Row[] = [
  ['an unknown issuer', withClaims({ iss: 'https://stranger.example' })],
  ['the issuer with a slash more', withClaims({ iss: `${login.url}/` })],
  ['no issuer', withClaims({ iss: undefined })],
  ['a list of issuers', withClaims({ iss: [login.url] })],
  ['another declared issuer', withClaims({ iss: robots.url })],
];

const audiences: Row[] = [
  ['another audience', withClaims({ aud: 'billing' })],
  ['an audience that begins alike', withClaims({ aud: 'ledge-admin' })],
  ['no audience', withClaims({ aud: undefined })],
  ['no audience in the list', withClaims({ aud: [] })],
  ['an audience that is no text', withClaims({ aud: { ledge: true } })],
];

const times: Row[] = [
  ['expired', withClaims({ iat: nowSeconds() - 60, exp: nowSeconds() - 1 }), 'expired'],
  ['no exp', withClaims({ exp: undefined })],
  ['an exp that is text', withClaims({ exp: String(nowSeconds() + 60) })],
  ['an exp in milliseconds', withClaims({ exp: Date.now() + 60_000 })],
  [
    'an exp that never comes',
    async () =>
      bearer(
        await signed(
          keys.es,
          { alg: 'ES256', kid: 'es' },
          JSON.stringify(soundClaims()).replace(/"exp":\d+/, '"exp":1e999'),
        ),
      ),
  ],
  ['an exp before the beginning of time', withClaims({ exp: -1 })],
  ['nbf in 40 seconds', withClaims({ nbf: nowSeconds() + 40 }), 'not-valid-yet'],
  ['iat in 40 seconds', withClaims({ iat: nowSeconds() + 40 }), 'not-valid-yet'],
  ['more than a day', withClaims({ exp: nowSeconds() + 86_500 })],
  ['more than a day, without iat', withClaims({ iat: undefined, exp: nowSeconds() + 86_500 })],
];

const subjects: Row[] = [
  ['no sub', withClaims({ sub: undefined })],
  ['an empty sub', withClaims({ sub: '' })],
  ['a sub that is no text', withClaims({ sub: 7 })],
  ['a sub with a line break', withClaims({ sub: 'ann\nroot' })],
  ['a sub that is too long', withClaims({ sub: 'a'.repeat(300) })],
];

const types: Row[] = [
  ['a logout token', withHeader({ typ: 'logout+jwt' })],
  ['a security event', withHeader({ typ: 'application/secevent+jwt' })],
  ['an id token where access tokens are marked', () => robot({}, { typ: 'JWT' })],
  ['no type where access tokens are marked', () => robot({}, { typ: undefined })],
  [
    'claims that are no JSON',
    async () => bearer(await signed(keys.es, { alg: 'ES256', kid: 'es' }, 'ann')),
  ],
  [
    'claims that are a list',
    async () => bearer(await signed(keys.es, { alg: 'ES256', kid: 'es' }, '[]')),
  ],
  ['more than 8 kB', withClaims({ padding: 'a'.repeat(8_192) })],
];

const mappings: Row[] = [
  ['no tenant', withClaims({ org_id: undefined })],
  ['a tenant that is none', withClaims({ org_id: 'acme/globex' })],
  ['the tenant of the deployment', withClaims({ org_id: 'ledge' })],
  ['roles that are text', withClaims({ permissions: 'operator' })],
  ['roles that are no texts', withClaims({ permissions: [{ role: 'operator' }] })],
  ['claims that JSON does not carry', () => robot({ count: 7 })],
  ['a function that throws', () => robot({ realm: 7, count: 'secret' })],
];

const places: Row[] = [
  ['a bearer token in the header of Access', async () => asserted(await soundToken(keys.es))],
  ['a token of Access as a bearer token', async () => bearer(await accessToken())],
  [
    'beside an Authorization that is wrong',
    async () => ({ ...(await soundAccess()), ...bearer('unknown') }),
  ],
  ['of another type of Access', async () => asserted(await accessToken({ type: 'org' }))],
  ['of Access without a type', async () => asserted(await accessToken({ type: undefined }))],
  ['of Access for no one', async () => asserted(await accessToken({ sub: '' }))],
  [
    'of Access for a service without a name',
    async () => asserted(await accessToken({ sub: '', common_name: '' })),
  ],
  ['Basic', async () => ({ authorization: `Basic ${await soundToken(keys.es)}` })],
  ['in a cookie', async () => ({ cookie: `CF_Authorization=${await accessToken()}` })],
  ['in a header of its own', async () => ({ 'x-token': await soundToken(keys.es) }), 'missing'],
];

describe('EN5 a token is refused, wakes no object and writes no row:', () => {
  const rows = [
    ...[algorithms, ofKeys, signatures, issuers, audiences],
    ...[times, subjects, types, mappings, places],
  ]
    .flat()
    .map(([what, forge, why = 'invalid']) => ({ what, forge, why }));

  test.each(rows)('$what', async ({ forge, why }) => {
    const headers = await forge();
    const before = [await objectCount(), await rowsInD1()];
    const sent = { ...headers, origin: 'https://shop.example' };
    const response = await ask(sent);
    const text = await response.text();
    expect({ status: response.status, text }).toMatchObject({ status: 401 });
    const body: unknown = JSON.parse(text);
    expectDescribed(body, 'unauthorized');
    expect(body).toMatchObject({ why });
    expect(response.headers.get('www-authenticate')).toBe(
      why === 'missing'
        ? 'Bearer realm="ledge"'
        : `Bearer realm="ledge", error="invalid_token", error_description="${why}"`,
    );
    expect(askedObjects).toEqual([]);
    expect([await objectCount(), await rowsInD1()]).toEqual(before);
    const written = JSON.stringify([faults.log, text]);
    for (const part of Object.values(headers).join('.').split('.')) {
      if (part.length > 20) expect(written).not.toContain(part.slice(0, 20));
    }
  });

  test('there are forty and more', () => {
    expect(rows.length).toBeGreaterThan(60);
  });
});

test('EN5 a token in the query of an address lets nothing in', async () => {
  const response = await ask({}, `/v1/me?access_token=${await soundToken(keys.es)}`);
  expect(response.status).toBe(401);
});
