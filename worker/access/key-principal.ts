/** From the API key that a request carries to its principal; undefined where it carries none that is valid. */
import type { IssuedKey } from '../../core/access/api-key.ts';
import { parseKeyText } from '../../core/access/key-text.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { isRole } from '../../core/access/roles.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Principal } from '../runtime/principal.ts';
import { hasHash, isIssuedHere, isSameHash, secretHash } from './issue-key.ts';
import type { KeyStates } from './key-states.ts';
import { adminKeyHash, tagSecrets } from './secrets.ts';

/** The bearer of the key whose SHA-256 is LEDGE_ADMIN: manages keys and reaches no data. */
const BOOTSTRAP: Principal = { id: 'key:bootstrap', tenant: OWN_TENANT, roles: ['admin'] };

/** Ours: a socket outlives the revocation of its key by this at most. The client opens another one by itself. */
const SOCKET_MS_MAX = 600_000;

export interface KeyCheck {
  readonly states: KeyStates;
  readonly nowMs: () => number;
}

export async function keyPrincipal(
  { states, nowMs }: KeyCheck,
  headers: Headers,
  env: LedgeEnv,
): Promise<Principal | undefined> {
  const text = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? '';
  const key = parseKeyText(text);
  if (!key) return undefined;
  const adminHash = adminKeyHash(env);
  if (adminHash && hasHash(text, adminHash)) return BOOTSTRAP;
  if (!isIssuedHere(key, tagSecrets(env))) return undefined;
  const shown = secretHash(key.secret);
  const state = await states.read(env, key.id, shown);
  return state.status === 'active' ? bearerOf(state, shown, nowMs()) : undefined;
}

/** With the secret before the last rotation the key is valid until the grace period ends. */
function bearerOf(state: IssuedKey, shown: string, nowMs: number): Principal | undefined {
  const { principal: id, tenant, hash, previous } = state;
  const roles = state.roles.filter(isRole);
  const ends = state.expiresAt === null ? [] : [Date.parse(state.expiresAt)];
  if (!isSameHash(shown, hash)) {
    if (!previous || !isSameHash(shown, previous.hash)) return undefined;
    ends.push(Date.parse(previous.until));
  }
  if (ends.some((endMs) => endMs <= nowMs)) return undefined;
  const opensUntil = new Date(nowMs + SOCKET_MS_MAX);
  const expiresAt = ends.length === 0 ? undefined : new Date(Math.min(...ends));
  return { id, tenant, roles, expiresAt, opensUntil };
}
