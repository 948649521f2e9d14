/** Declares the issuers whose JWTs name callers: any of OpenID Connect, and Cloudflare Access. */
import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK } from 'jose';
import type { Issuer, TokenClaims, TokenCode } from '../runtime/issuer.ts';
import {
  type JwtAlgorithm,
  requireAsymmetric,
  requireAudiences,
  requireHttps,
  requireIssuerUrl,
} from './declared-issuer.ts';
import { JwtCheck } from './jwt/jwt-check.ts';
import { refreshIssuers, refreshNow } from './jwt/refresh-issuers.ts';

export type { JwtAlgorithm };

/**
 * Pure functions of a verified token's claims. What they return is checked, and what they throw refuses the token. As
 * methods, so that an app may annotate the claims that it expects: `roles: ({ groups }: { groups?: string[] }) => groups`.
 */
export interface ClaimMapping<Token extends TokenClaims = TokenClaims> {
  /** The tenant that owns all that the caller reads and writes. */
  tenant(token: Token): unknown;
  /** A list of texts. Left out, or undefined: none. */
  roles?(token: Token): unknown;
  /** By name, JSON: what the access rules may see. Left out: none. A member that is undefined is left out. */
  claims?(token: Token): unknown;
  /** What follows the kind in the principal's id, unique among all issuers. Left out: `sub`. */
  subject?(token: Token): unknown;
}

/** How tokens of an OpenID Connect issuer name a principal. */
export interface OidcOptions extends ClaimMapping {
  /** The claim `iss` of its tokens, to the letter: `https://login.acme.example/`. */
  readonly issuer: string;
  /** The claim `aud` of its tokens has this text, or one of these. */
  readonly audience: string | readonly string[];
  readonly algorithms: readonly JwtAlgorithm[];
  /** The kind of principal, which begins its id: `user:ann`. Left out: `user`. */
  readonly kind?: 'user' | 'service';
  /** The address of its key set. Left out: its discovery document names it. */
  readonly jwksUrl?: string;
  /** `at+jwt` where the issuer marks access tokens by it (RFC 9068). Left out: access and id tokens are taken. */
  readonly type?: 'at+jwt';
  /** The longest time from `iat` to `exp`. Left out: 24 hours. */
  readonly lifetimeMsMax?: number;
  /** How long its keys are used while it does not answer. Left out: 24 hours. */
  readonly keysKeptMs?: number;
}

/** How tokens of Cloudflare Access name a principal. */
export interface AccessJwtOptions extends ClaimMapping<AccessToken> {
  /** `acme` of `acme.cloudflareaccess.com`. */
  readonly team: string;
  /** The application's audience tag, or those of several. */
  readonly audience: string | readonly string[];
}

/** A token of Cloudflare Access; `custom` are the claims of the identity provider that the application passes on. */
export type AccessToken = TokenClaims & { readonly custom: TokenClaims };

const jose = { compactVerify, decodeJwt, decodeProtectedHeader, importJWK };

const tokens: TokenCode = {
  checkOf: (machinery) => new JwtCheck(machinery),
  refresh: refreshIssuers,
  refreshNow,
};

const DAY_MS = 86_400_000;

/**
 * An OpenID Connect issuer, whose tokens are sent as `Authorization: Bearer`.
 *
 * @example oidc({ issuer: 'https://login.acme.example', audience: 'ledge', algorithms: ['ES256'],
 *   tenant: ({ org_id }) => org_id, roles: ({ permissions }) => permissions })
 */
export function oidc({ kind = 'user', ...options }: OidcOptions): Issuer {
  const { issuer, audience, algorithms, jwksUrl, type, lifetimeMsMax, keysKeptMs } = options;
  requireIssuerUrl(issuer);
  if (jwksUrl !== undefined) requireHttps(jwksUrl, 'jwksUrl');
  requireAsymmetric(algorithms);
  return {
    ...{
      tokens,
      jose,
      issuer,
      algorithms,
      audiences: requireAudiences(audience),
      header: 'authorization',
    },
    types: type === undefined ? [undefined, 'jwt', 'at+jwt'] : [type],
    keysAt: jwksUrl === undefined ? { discovery: discoveryOf(issuer) } : { jwks: jwksUrl },
    lifetimeMsMax: lifetimeMsMax ?? DAY_MS,
    keysKeptMs: keysKeptMs ?? DAY_MS,
    principalOf: (token) =>
      mapped(options, token, idOf(kind, options.subject?.(token) ?? token.sub)),
  };
}

/**
 * Cloudflare Access in front of the Worker, whose tokens are in `Cf-Access-Jwt-Assertion`. A person is `user:{sub}`, a
 * service token `service:{common_name}`.
 *
 * @example accessJwt({ team: 'acme', audience: '32eafc76', tenant: () => 'main', roles: ({ custom }) => custom.roles })
 */
export function accessJwt({ team, audience, ...mapping }: AccessJwtOptions): Issuer {
  if (!/^[a-z0-9-]{1,63}$/.test(team))
    throw new Error(`${team} is no team of Cloudflare Access: acme.`);
  const issuer = `https://${team}.cloudflareaccess.com`;
  return {
    ...{ tokens, jose, issuer, audiences: requireAudiences(audience), algorithms: ['RS256'] },
    header: 'cf-access-jwt-assertion',
    types: [undefined, 'jwt'],
    keysAt: { jwks: `${issuer}/cdn-cgi/access/certs` },
    lifetimeMsMax: DAY_MS,
    keysKeptMs: DAY_MS,
    principalOf: (claims) => {
      // A token of the organization's, which every application's login leaves in the browser, has another type.
      if (claims.type !== 'app') return undefined;
      const token = { ...claims, custom: recordIn(claims.custom) };
      return mapped(mapping, token, accessId(mapping, token));
    },
  };
}

function mapped<Token extends TokenClaims>(
  { tenant, roles, claims }: ClaimMapping<Token>,
  token: Token,
  id: unknown,
): object {
  return {
    id,
    tenant: tenant(token),
    roles: roles?.(token) ?? [],
    claims: defined(claims?.(token)),
  };
}

function idOf(kind: 'user' | 'service', subject: unknown): string | undefined {
  return typeof subject === 'string' && subject !== '' ? `${kind}:${subject}` : undefined;
}

/** A service token of Access has an empty `sub`. */
function accessId(mapping: ClaimMapping<AccessToken>, token: AccessToken): string | undefined {
  if (token.sub === '') return idOf('service', token.common_name);
  return idOf('user', mapping.subject?.(token) ?? token.sub);
}

/** Undefined members are left out, as JSON leaves them out. */
function defined(claims: unknown): unknown {
  if (claims === undefined || claims === null) return {};
  if (typeof claims !== 'object' || Array.isArray(claims)) return claims;
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

function recordIn(value: unknown): TokenClaims {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function discoveryOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}
