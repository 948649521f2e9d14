/** An issuer whose JWTs name callers, as `oidc` and `accessJwt` declare it (worker/access/issuers). */

import type * as jose from 'jose';
import type { RefusalReason } from '../../core/aggregate/outcome.ts';
import type { Log } from '../../core/failures/log-line.ts';
import type { InSpan } from '../../core/operations/span.ts';
import type { RefreshedIssuer } from '../../core/operator-shapes/issuers.ts';
import type { LedgeEnv } from './env.ts';
import type { Platform } from './platform.ts';
import type { Principal } from './principal.ts';

/** What an isolate knows of the tokens of all issuers. */
export interface TokenCheck {
  /** @throws IssuerKeysUnknown, and D1's errors */
  principal(headers: Headers, env: LedgeEnv): Promise<Principal | RefusalReason>;
}

/** What of the machinery it works with. */
export interface TokenMachinery {
  readonly issuers: readonly Issuer[];
  readonly platform: Omit<Platform, 'log' | 'span' | 'database' | 'bucket'> & {
    readonly log: Log;
    readonly inSpan: InSpan;
  };
  /** The keys of issuers are in the first database. */
  readonly databases: {
    readonly first: (env: LedgeEnv) => { readonly database: D1Database };
  };
}

/** The code that checks tokens. It comes with an issuer: a Worker that declares none is built without it. */
export interface TokenCode {
  checkOf(machinery: TokenMachinery): TokenCheck;
  /** At once, whatever the time. */
  refreshNow(machinery: TokenMachinery, env: LedgeEnv): Promise<readonly RefreshedIssuer[]>;
  /** A round of the cron. */
  refresh(machinery: TokenMachinery, env: LedgeEnv, tickMs: number): Promise<void>;
}

/** Ours: one row is read in this time, for each isolate and issuer. */
export const ISSUER_COPY_MS = 300_000;

/** Where no issuer is declared, no token is looked for. */
export const noTokens: TokenCheck = { principal: async () => 'missing' };

/** Without the keys of its issuer a token is neither valid nor invalid. */
export class IssuerKeysUnknown extends Error {
  override readonly name = 'IssuerKeysUnknown';
}

/** The claims of a verified token, by name. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** What of jose reads and verifies tokens. */
export type Jose = Pick<
  typeof jose,
  'compactVerify' | 'decodeJwt' | 'decodeProtectedHeader' | 'importJWK'
>;

/** An issuer of JWTs that callers may use. Made by `oidc` and `accessJwt`. */
export interface Issuer {
  readonly tokens: TokenCode;
  readonly jose: Jose;
  /** Of each of its tokens the claim `iss`, to the letter. */
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  /** The one header in which its tokens are taken. */
  readonly header: 'authorization' | 'cf-access-jwt-assertion';
  /** Media types of tokens without `application/`, in lower case; undefined: a token that names none. */
  readonly types: readonly (string | undefined)[];
  /** The address of its key set, or of the document that names it. */
  readonly keysAt: { readonly jwks: string } | { readonly discovery: string };
  /** From `iat` to `exp`. */
  readonly lifetimeMsMax: number;
  /** How long its keys are used after it last answered. */
  readonly keysKeptMs: number;
  /** Id, tenant, roles and claims of the token's principal, which are checked; undefined: the token names none. */
  readonly principalOf: (token: TokenClaims) => object | undefined;
}
