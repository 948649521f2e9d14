/** From the API key that a request carries to its principal; undefined where it carries none that is valid. */
import type { ApiKeyState } from '../../core/access/api-key.ts';
import { isKeyText, type KeyParts, parseKeyText } from '../../core/access/key-text.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Principal } from '../runtime/principal.ts';
import { hashOf, isIssuedHere, isSameHash } from './issue-key.ts';
import { readKeyState } from './key-state.ts';
import type { Bearer, KnownBearer, KnownBearers } from './known-bearers.ts';
import { adminKeyHash, tagSecrets } from './secrets.ts';

/** The bearer of the key whose SHA-256 is LEDGE_ADMIN: manages keys and reaches no data. */
const BOOTSTRAP: Principal = {
  ...{ id: 'key:bootstrap', tenant: OWN_TENANT, roles: ['admin'] },
  credential: 'key:bootstrap',
};

/** Ours: a socket outlives the revocation of its key by this at most. The client opens another one by itself. */
const SOCKET_MS_MAX = 600_000;

export interface KeyCheck {
  readonly bearers: KnownBearers;
  readonly nowMs: () => number;
}

export async function keyPrincipal(
  check: KeyCheck,
  headers: Headers,
  env: LedgeEnv,
): Promise<Principal | undefined> {
  const text = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? '';
  if (!isKeyText(text)) return undefined;
  const keyHash = hashOf(text);
  const adminHash = adminKeyHash(env);
  if (adminHash && isSameHash(keyHash, adminHash)) return BOOTSTRAP;
  const known =
    check.bearers.recent(keyHash, check.nowMs()) ?? (await askedFor(check, text, keyHash, env));
  return known?.bearer && principalOf(known.bearer, check.nowMs());
}

/** Undefined, and not kept, for a key that was not issued here: forged ones displace none that is known. */
async function askedFor(
  { bearers, nowMs }: KeyCheck,
  text: string,
  keyHash: string,
  env: LedgeEnv,
): Promise<KnownBearer | undefined> {
  const key = parseKeyText(text);
  if (!key || !isIssuedHere(key, tagSecrets(env))) return undefined;
  const askedAtMs = nowMs();
  const state = await readKeyState(env, key.id);
  return bearers.keep(keyHash, { askedAtMs, bearer: bearerOf(state, key) });
}

/** With the secret before the last rotation the key is valid until the grace period ends. */
function bearerOf(state: ApiKeyState, key: KeyParts): Bearer | undefined {
  const secretHash = hashOf(key.secret);
  const credential = `key:${key.id}`;
  if (state.status !== 'active') return undefined;
  const { principal: id, tenant, roles, claims, hash, previous, expiresAt } = state;
  const ends = [expiresAt === null ? Infinity : Date.parse(expiresAt)];
  if (!isSameHash(secretHash, hash)) {
    if (!previous || !isSameHash(secretHash, previous.hash)) return undefined;
    ends.push(Date.parse(previous.until));
  }
  return { id, tenant, roles, claims, credential, endsAtMs: Math.min(...ends) };
}

function principalOf({ endsAtMs, ...principal }: Bearer, nowMs: number): Principal | undefined {
  if (endsAtMs <= nowMs) return undefined;
  const expiresAt = endsAtMs === Infinity ? undefined : new Date(endsAtMs);
  return { ...principal, expiresAt, opensUntil: new Date(nowMs + SOCKET_MS_MAX) };
}
