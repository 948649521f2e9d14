/** An issuer whose JWTs name callers, as `oidc` and `accessJwt` declare it (worker/access/issuers). */

import type * as jose from 'jose';

/** The claims of a verified token, by name. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** What of jose reads and verifies tokens. */
export type Jose = Pick<
  typeof jose,
  'compactVerify' | 'decodeJwt' | 'decodeProtectedHeader' | 'importJWK'
>;

export interface Issuer {
  /** Comes with the issuer: a Worker that declares none is built without it. */
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
