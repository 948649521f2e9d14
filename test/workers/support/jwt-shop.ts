/** The shop as it is deployed, with the issuers of the documentation's sample, and one of programs. */
import { createExecutionContext, createScheduledController } from 'cloudflare:test';
import { issuers as sampleIssuers } from '../../../docs/samples/issuers/issuers.ts';
import { oidc } from '../../../worker/access/issuers.ts';
import type { Authenticate } from '../../../worker/runtime/principal.ts';
import { testApp } from './entry.ts';
import { faults, faultyPlatform } from './faults.ts';
import { env } from './harness.ts';
import { heldLedge } from './held-ledge.ts';
import { type Deployed, deployed } from './keyed-shop.ts';
import { type IssuerKey, type Parts, signed, TestIssuer } from './test-issuer.ts';

export const login = new TestIssuer('https://login.acme.example');
export const robots = new TestIssuer('https://robots.acme.example', '/.well-known/jwks');
export const access = new TestIssuer('https://acme.cloudflareaccess.com', '/cdn-cgi/access/certs');

const issuersByTheirHost = new Map([login, robots, access].map((one) => [hostOf(one.url), one]));

function hostOf(url: string): string {
  return new URL(url).host;
}

const issuers = [
  ...sampleIssuers,
  oidc({
    ...{ issuer: robots.url, audience: ['ledge', 'ledge-jobs'], algorithms: ['ES256'] },
    ...{ jwksUrl: `${robots.url}/.well-known/jwks`, kind: 'service', type: 'at+jwt' },
    tenant: () => 'acme',
    roles: ({ realm }: { realm?: { roles: string[] } }) => realm?.roles,
    claims: ({ count }) => (count === undefined ? undefined : { count: BigInt(Number(count)) }),
  }),
];

/** Of the deployment without secrets: no key lets anything in. */
const { LEDGE_SECRET: _secret, LEDGE_ADMIN: _admin, ...keyless } = deployed;

export { keyless };

interface Isolate {
  ask(
    headers: Readonly<Record<string, string>>,
    path?: string,
    init?: RequestInit,
  ): Promise<Response>;
  /** A tick of the cron; the first minute of the hour unless it says another. */
  tick(minute?: number): Promise<void>;
}

/** An isolate that knows no key and no token yet. */
export function isolate(
  bindings: Deployed = keyless,
  authenticate?: Authenticate<unknown>,
): Isolate {
  const worker = heldLedge(testApp, {
    ...faultyPlatform,
    ...(authenticate && { authenticate }),
    issuers,
    fetch: (url, init) => {
      const issuer = issuersByTheirHost.get(hostOf(url));
      if (!issuer) throw new Error(`${url} is no issuer's.`);
      return issuer.answer(url, init);
    },
  });
  return {
    ask: async (headers, path = '/v1/me', init = {}) => {
      const request = new Request(`https://shop.example${path}`, { ...init, headers });
      return worker.fetch(request, bindings, createExecutionContext());
    },
    tick: (minute = 0) =>
      worker.scheduled(createScheduledController({ scheduledTime: minute * 60_000 }), {
        ...env,
        ...bindings,
      }),
  };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
export const asserted = (token: string) => ({ 'cf-access-jwt-assertion': token });

export const nowSeconds = () => Math.floor((Date.now() + faults.clockSkewMs) / 1_000);

/** Of a token of `login` that is accepted. */
export function soundClaims(changed: Parts = {}): Parts {
  const iat = nowSeconds();
  return {
    ...{ iss: login.url, aud: 'ledge', sub: 'ann', iat, exp: iat + 600 },
    ...{ org_id: 'acme', permissions: ['clerk'] },
    ...changed,
  };
}

export function robotClaims(changed: Parts = {}): Parts {
  return soundClaims({
    iss: robots.url,
    aud: ['other', 'ledge-jobs'],
    sub: 'importer',
    ...changed,
  });
}

export function accessClaims(changed: Parts = {}): Parts {
  const [iss, aud] = [access.url, ['32eafc7626e737136c1e51cd8fe1c3bd']];
  return soundClaims({ iss, aud, type: 'app', ...changed });
}

export function soundToken(key: IssuerKey, changed: Parts = {}, header: Parts = {}) {
  const { kid, jwk } = key;
  return signed(key, { alg: jwk.alg, kid, typ: 'JWT', ...header }, soundClaims(changed));
}
