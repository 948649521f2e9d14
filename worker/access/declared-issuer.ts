/**
 * What an issuer may be declared with. What cannot be safe is refused when the Worker starts: an address that is not https,
 * an algorithm with a shared secret or with none, and a token that is for anyone.
 */
import type { Issuer } from '../runtime/issuer.ts';

/** Of a key pair: what verifies a token cannot make one. */
const ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const),
];

/** The signature algorithms of JWTs that are accepted. */
export type JwtAlgorithm = (typeof ALGORITHMS)[number];

/** @throws where two have one name, of which a token could mean either */
export function requireDistinct(issuers: readonly Issuer[]): readonly Issuer[] {
  const names = issuers.map(({ issuer }) => issuer);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return issuers;
  throw new Error(`The issuer ${twice} is declared twice. Give one of them a list of audiences.`);
}

/** In a list. @throws without one */
export function requireAudiences(audience: string | readonly string[]): readonly string[] {
  const audiences = [audience].flat();
  if (audiences.length > 0 && audiences.every(Boolean)) return audiences;
  throw new Error('An issuer without an audience would let in tokens that it made for others.');
}

/** Without a query and a fragment, as OpenID Connect Discovery requires it of an issuer. */
export function requireIssuerUrl(issuer: string): void {
  requireHttps(issuer, 'issuer');
  if (/[?#]/.test(issuer)) throw new Error(`The issuer ${issuer} has a query or a fragment.`);
}

export function requireHttps(address: string, option: string): void {
  if (!isHttps(address)) throw new Error(`The ${option} ${address} is no https address.`);
}

export function isHttps(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'https:' && url.username === '' && url.password === '';
}

export function requireAsymmetric(algorithms: readonly string[]): void {
  const known: readonly string[] = ALGORITHMS;
  const other = algorithms.find((algorithm) => !known.includes(algorithm));
  if (algorithms.length > 0 && other === undefined) return;
  throw new Error(`${other ?? 'None'} is no algorithm of key pairs: ${known.join(', ')}.`);
}
