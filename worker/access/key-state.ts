/** The objects of an API key and of its sessions: their addresses, what they answer, and what that says about a bearer. */
import { type ApiKeyState, apiKey } from '../../core/access/api-key.ts';
import {
  type EndedSessions,
  endedSessions,
  isEnded,
  type SessionReference,
} from '../../core/access/ended-sessions.ts';
import { keyList } from '../../core/access/key-list.ts';
import { type KeyReference, type KeyValidity, keyName } from '../../core/access/key-reference.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { aggregateStub } from '../runtime/object-stubs.ts';
import { isSameHash } from './issue-key.ts';
import type { Bearer } from './known-bearers.ts';

/** The list that administrators of the tenant read: a list of its own, since a version of a shared one counts all keys. */
export function keyListAddress(tenant: string): StreamAddress {
  return { tenant: OWN_TENANT, aggregate: keyList.name, id: tenant };
}

export function keyAddress(id: string): StreamAddress {
  return { tenant: OWN_TENANT, aggregate: apiKey.name, id };
}

export async function readKeyState(env: LedgeEnv, id: string): Promise<ApiKeyState> {
  const { state } = await aggregateStub(env, keyAddress(id)).currentState();
  // What the stream of a key folds into.
  return state as ApiKeyState;
}

/** Undefined for a secret that is not, or no longer, that of the key. */
export function bearerOf(state: ApiKeyState, key: KeyReference): Bearer | undefined {
  if (state.status !== 'active') return undefined;
  const { principal: id, tenant, roles, claims, hash, previous, expiresAt } = state;
  const ends = [expiresAt === null ? Infinity : Date.parse(expiresAt)];
  if (!isSameHash(key.secretHash, hash)) {
    // With the secret before the last rotation the key is valid until the grace period ends.
    if (!previous || !isSameHash(key.secretHash, previous.hash)) return undefined;
    ends.push(Date.parse(previous.until));
  }
  const credential = keyName(key);
  return { key, id, tenant, roles, claims, credential, endsAtMs: Math.min(...ends) };
}

export function sessionsAddress(keyId: string): StreamAddress {
  return { tenant: OWN_TENANT, aggregate: endedSessions.name, id: keyId };
}

/** Whether the session was ended by its browser. */
export async function hasSessionEnded(
  env: LedgeEnv,
  keyId: string,
  session: SessionReference,
): Promise<boolean> {
  const { state } = await aggregateStub(env, sessionsAddress(keyId)).currentState();
  // What that stream folds into.
  return isEnded(state as EndedSessions, session);
}

/** Of a reference with a session both are read. */
async function readReferenced(env: LedgeEnv, { keyId, session }: KeyReference) {
  const [state, hasEnded = false] = await Promise.all([
    readKeyState(env, keyId),
    session && hasSessionEnded(env, keyId, session),
  ]);
  return { state, hasEnded };
}

export async function readBearer(env: LedgeEnv, key: KeyReference): Promise<Bearer | undefined> {
  const { state, hasEnded } = await readReferenced(env, key);
  return hasEnded ? undefined : bearerOf(state, key);
}

export async function readKeyValidity(env: LedgeEnv, key: KeyReference): Promise<KeyValidity> {
  const { state, hasEnded } = await readReferenced(env, key);
  return {
    endsAtMs: bearerOf(state, key)?.endsAtMs ?? 0,
    isRevoked: state.status === 'revoked' || hasEnded,
  };
}
