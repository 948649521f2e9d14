/**
 * From an API key to its principal: from the key that a request carries, or from the reference to one that was let in
 * before. Undefined for one that is not valid.
 */
import { type KeyReference, type ReadKey, referenceName } from '../../core/access/key-reference.ts';
import { isKeyText, parseKeyText } from '../../core/access/key-text.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Principal } from '../runtime/principal.ts';
import { hashOf, isIssuedHere, isSameHash } from './issue-key.ts';
import { hasSessionEnded, readBearer } from './key-state.ts';
import type { Bearer, KnownBearer, KnownBearers } from './known-bearers.ts';
import { adminKeyHash, tagSecrets } from './secrets.ts';

/** The bearer of the key whose SHA-256 is LEDGE_ADMIN: manages keys and reaches no data. */
const BOOTSTRAP = {
  ...{ id: 'key:bootstrap', tenant: OWN_TENANT, roles: ['admin'] },
  credential: 'key:bootstrap',
} satisfies Principal;

/** Names the administrator's key in references. No key that is issued has this id. */
const BOOTSTRAP_KEY = 'bootstrap';

/**
 * Ours. A revocation ends a socket sooner; this bounds what a key's object does not know, such as a secret of the
 * deployment that was replaced. The client opens another socket by itself.
 */
export const SOCKET_MS_MAX = 3_600_000;

/** A principal, and what its key is looked up by again: before a frame is sent, and when a ticket is used. */
export interface KeyedPrincipal {
  readonly principal: Principal;
  readonly key: ReadKey;
}

export interface KeyCheck {
  readonly bearers: KnownBearers;
  readonly nowMs: () => number;
}

export async function keyPrincipal(
  check: KeyCheck,
  headers: Headers,
  env: LedgeEnv,
): Promise<KeyedPrincipal | undefined> {
  const text = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? '';
  if (!isKeyText(text)) return undefined;
  const recent = check.bearers.recent(text, check.nowMs());
  if (recent) return keyedBy(recent, check.nowMs());
  const keyHash = hashOf(text);
  if (isBootstrapHash(keyHash, env)) return bootstrap(check, keyHash);
  const key = parseKeyText(text);
  // Forged ones are not kept: they displace none that is known.
  if (!key || !isIssuedHere(key, tagSecrets(env))) return undefined;
  return askedFor(check, text, { keyId: key.id, secretHash: hashOf(key.secret) }, env);
}

/** Of a reference that the deployment itself has signed. */
export async function referencedPrincipal(
  check: KeyCheck,
  key: KeyReference,
  env: LedgeEnv,
): Promise<KeyedPrincipal | undefined> {
  const isBootstrap = key.keyId === BOOTSTRAP_KEY;
  if (isBootstrap && !isBootstrapHash(key.secretHash, env)) return undefined;
  const name = referenceName(key);
  const recent = check.bearers.recent(name, check.nowMs());
  if (recent) return keyedBy(recent, check.nowMs());
  return askedFor(check, name, key, env, isBootstrap ? readBootstrap : readBearer);
}

function isBootstrapHash(secretHash: string, env: LedgeEnv): boolean {
  const adminHash = adminKeyHash(env);
  return adminHash !== undefined && isSameHash(secretHash, adminHash);
}

/** Only its session can have ended. */
async function readBootstrap(env: LedgeEnv, key: KeyReference): Promise<Bearer | undefined> {
  const { keyId, session } = key;
  if (session && (await hasSessionEnded(env, keyId, session))) return undefined;
  return { ...BOOTSTRAP, key, claims: {}, endsAtMs: Infinity };
}

function bootstrap({ nowMs }: KeyCheck, secretHash: string): KeyedPrincipal {
  const reference = { keyId: BOOTSTRAP_KEY, secretHash };
  return { principal: BOOTSTRAP, key: { ...reference, readAtMs: nowMs(), endsAtMs: null } };
}

async function askedFor(
  { bearers, nowMs }: KeyCheck,
  name: string,
  key: KeyReference,
  env: LedgeEnv,
  read = readBearer,
): Promise<KeyedPrincipal | undefined> {
  const askedAtMs = nowMs();
  const bearer = await read(env, key);
  return keyedBy(bearers.keep(name, { askedAtMs, bearer }), nowMs());
}

function keyedBy({ bearer, askedAtMs }: KnownBearer, nowMs: number): KeyedPrincipal | undefined {
  if (!bearer || bearer.endsAtMs <= nowMs) return undefined;
  const { endsAtMs, key, ...principal } = bearer;
  const expiresAt = endsAtMs === Infinity ? undefined : new Date(endsAtMs);
  return {
    principal: { ...principal, expiresAt, opensUntil: new Date(nowMs + SOCKET_MS_MAX) },
    key: { ...key, readAtMs: askedAtMs, endsAtMs: expiresAt?.getTime() ?? null },
  };
}
