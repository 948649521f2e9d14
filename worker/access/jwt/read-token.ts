/** The JWT that a request carries, read and not verified yet: in a form, and from an issuer, that may be valid. */
import * as z from 'zod';
import type { Issuer, Jose, TokenClaims } from '../../runtime/issuer.ts';

/** Ours, in bytes. Beyond it a request's headers come near to the platform's own limit. */
const TOKEN_BYTES_MAX = 8_192;

/** A header with `crit` asks for what is not understood here. */
const tokenHeader = z.object({
  alg: z.string(),
  kid: z.string().min(1),
  typ: z.string().optional(),
  crit: z.never().optional(),
});

/** A token as text, and the header that carries it. */
export interface CarriedToken {
  readonly text: string;
  readonly header: Issuer['header'];
}

export interface ReadToken {
  readonly issuer: Issuer;
  readonly header: { readonly alg: string; readonly kid: string };
  readonly claims: TokenClaims;
}

/** Undefined where there is none. `Authorization` alone counts where it is sent. */
export function carriedToken(headers: Headers): CarriedToken | undefined {
  const authorization = headers.get('authorization');
  if (authorization !== null) {
    return { header: 'authorization', text: /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '' };
  }
  const text = headers.get('cf-access-jwt-assertion');
  return text === null ? undefined : { header: 'cf-access-jwt-assertion', text };
}

/** Undefined for what no declared issuer can have made for this header. */
export function readToken(
  { text, header: carrier }: CarriedToken,
  issuers: readonly Issuer[],
): ReadToken | undefined {
  const [first] = issuers;
  if (!first || text.length > TOKEN_BYTES_MAX) return undefined;
  const { header, claims } = decoded(first.jose, text) ?? {};
  if (!header || !claims) return undefined;
  const issuer = issuers.find((one) => one.issuer === claims.iss && one.header === carrier);
  if (!issuer?.algorithms.includes(header.alg) || !issuer.types.includes(typeOf(header))) {
    return undefined;
  }
  return { issuer, header, claims };
}

/** Undefined for what has not the form of a signed JWT. */
function decoded({ decodeProtectedHeader, decodeJwt }: Jose, text: string) {
  try {
    return { header: tokenHeader.parse(decodeProtectedHeader(text)), claims: decodeJwt(text) };
  } catch {
    return undefined;
  }
}

/** RFC 7515, section 4.1.9: `application/` may be left out. */
function typeOf({ typ }: { readonly typ?: string | undefined }): string | undefined {
  return typ?.toLowerCase().replace(/^application\//, '');
}
