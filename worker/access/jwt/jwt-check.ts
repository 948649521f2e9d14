/**
 * From the JWT that a request carries to its principal, or to the reason why it is refused. What can be refused without
 * the issuer's keys is refused before them, so that a forged token costs no row.
 */

import { createHash } from 'node:crypto';
import { OWN_TENANT } from '../../../core/access/own-tenant.ts';
import type { RefusalReason } from '../../../core/aggregate/outcome.ts';
import type { LogLine } from '../../../core/failures/log-line.ts';
import { BoundedMap } from '../../../core/values/bounded-map.ts';
import type { LedgeEnv } from '../../runtime/env.ts';
import type { Issuer, TokenCheck, TokenMachinery } from '../../runtime/issuer.ts';
import { checkedPrincipal, MalformedPrincipal, type Principal } from '../../runtime/principal.ts';
import { IssuerKeys } from './issuer-keys.ts';
import type { KeySet } from './key-set.ts';
import { type CarriedToken, carriedToken, type ReadToken, readToken } from './read-token.ts';
import { endOfToken } from './token-end.ts';

/** Ours: a token is verified once in this time, for each isolate. */
const KEPT_MS = 300_000;

/** Ours, of some 500 bytes each. */
const KEPT_MAX = 10_000;

/**
 * Ours: a socket outlives the withdrawal of its token's key by this at most. The client opens another one by itself, with
 * the token that it has then.
 */
const SOCKET_MS_MAX = 600_000;

interface VerifiedToken {
  readonly issuer: Issuer;
  /** With which it was verified: with other keys it is verified again. */
  readonly keySet: KeySet;
  readonly principal: Principal;
  readonly verifiedAtMs: number;
  readonly endsAtMs: number;
}

export class JwtCheck implements TokenCheck {
  readonly #machinery: TokenMachinery;
  readonly #keys: IssuerKeys;
  readonly #verified = new BoundedMap<string, VerifiedToken>(KEPT_MAX);

  constructor(machinery: TokenMachinery) {
    this.#machinery = machinery;
    this.#keys = new IssuerKeys(machinery);
  }

  /** @throws IssuerKeysUnknown, and D1's errors */
  async principal(headers: Headers, env: LedgeEnv): Promise<Principal | RefusalReason> {
    const carried = carriedToken(headers);
    if (!carried) return 'missing';
    const verified = (await this.#known(carried, env)) ?? (await this.#verify(carried, env));
    if (typeof verified === 'string') return verified;
    const { principal, endsAtMs } = verified;
    const nowMs = this.#machinery.platform.nowMs();
    if (endsAtMs <= nowMs) return 'expired';
    return {
      ...principal,
      expiresAt: new Date(endsAtMs),
      opensUntil: new Date(nowMs + SOCKET_MS_MAX),
    };
  }

  async #known(carried: CarriedToken, env: LedgeEnv): Promise<VerifiedToken | undefined> {
    const known = this.#verified.get(nameOf(carried));
    if (!known) return undefined;
    const ageMs = Math.abs(this.#machinery.platform.nowMs() - known.verifiedAtMs);
    const isKept =
      ageMs < KEPT_MS && known.keySet === (await this.#keys.current(known.issuer, env));
    return isKept ? known : undefined;
  }

  async #verify(carried: CarriedToken, env: LedgeEnv): Promise<VerifiedToken | RefusalReason> {
    const { issuers, platform } = this.#machinery;
    const token = readToken(carried, issuers);
    if (!token) return 'invalid';
    const { issuer } = token;
    const verifiedAtMs = platform.nowMs();
    const end = endOfToken(issuer, token.claims, verifiedAtMs);
    if (typeof end === 'string') return end;
    const keySet = await this.#keys.withKey(issuer, env, token.header.kid);
    if (!(await isSigned(carried, token, keySet))) return 'invalid';
    const principal = this.#principalOf(token);
    if (!principal) return 'invalid';
    const verified = { issuer, keySet, principal, verifiedAtMs, ...end };
    return this.#verified.put(nameOf(carried), verified);
  }

  /** Undefined where the app's functions make no principal of the claims. */
  #principalOf({ issuer, claims }: ReadToken): Principal | undefined {
    try {
      const principal = checkedPrincipal(issuer.principalOf(claims));
      // Its principals administer the deployment, which is not an issuer's to say.
      if (principal?.tenant === OWN_TENANT) throw new MalformedPrincipal(['tenant']);
      return principal && { ...principal, credential: issuer.issuer };
    } catch (error) {
      const line = { operation: 'authenticate', issuer: issuer.issuer, error } as const;
      this.#machinery.platform.log('warn', { ...line, ...malformedMembers(error) });
      return undefined;
    }
  }
}

/** Of the same text that was read: what was checked before is what the signature is of. */
async function isSigned({ text }: CarriedToken, { issuer, header }: ReadToken, keySet: KeySet) {
  const key = await keySet.key(header.kid, header.alg);
  if (!key) return false;
  try {
    await issuer.jose.compactVerify(text, key, { algorithms: [header.alg] });
    return true;
  } catch {
    return false;
  }
}

function malformedMembers(error: unknown): Pick<LogLine, 'members'> {
  return error instanceof MalformedPrincipal ? { members: error.members } : {};
}

/** By its hash, in the header that carries it: a token in another header is another credential. */
function nameOf({ header, text }: CarriedToken): string {
  return `${header} ${createHash('sha256').update(text).digest('base64')}`;
}
