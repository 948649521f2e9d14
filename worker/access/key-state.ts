/** The object of an API key: its address, the state that it answers, and what that says about a bearer. */
import { type ApiKeyState, apiKey } from '../../core/access/api-key.ts';
import { type KeyReference, type KeyValidity, keyName } from '../../core/access/key-reference.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import { aggregateStub, type LedgeEnv } from '../runtime/env.ts';
import { isSameHash } from './issue-key.ts';
import type { Bearer } from './known-bearers.ts';

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

export async function readKeyValidity(env: LedgeEnv, key: KeyReference): Promise<KeyValidity> {
  const state = await readKeyState(env, key.keyId);
  return {
    endsAtMs: bearerOf(state, key)?.endsAtMs ?? 0,
    isRevoked: state.status === 'revoked',
  };
}
