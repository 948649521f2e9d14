/**
 * The states of API keys, as their objects answered at most ten seconds ago: how long a revoked key still lets its bearer
 * in. Nothing else lies between a revocation and its effect, neither a queue nor D1.
 */
import { type ApiKeyState, apiKey } from '../../core/access/api-key.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import { aggregateStub, type LedgeEnv } from '../runtime/env.ts';

/** Ours: what a key costs is one object request in this time, for each isolate. */
const KEPT_MS = 10_000;

/** Ours, of some 500 bytes each. The one that was read first makes room. */
const KEPT_MAX = 10_000;

interface KeptState {
  readonly askedAtMs: number;
  readonly state: ApiKeyState;
}

export class KeyStates {
  readonly #nowMs: () => number;
  // By the hash of the secret: one that has just replaced another does not get the state of that one. States and
  // no promises, since one request cannot wait for what another one has begun.
  readonly #kept = new Map<string, KeptState>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** What the object cannot answer now is thrown, and not kept. */
  async read(env: LedgeEnv, id: string, secretHash: string): Promise<ApiKeyState> {
    const askedAtMs = this.#nowMs();
    const kept = this.#kept.get(secretHash);
    // A clock that went back makes an answer old.
    if (kept && Math.abs(askedAtMs - kept.askedAtMs) < KEPT_MS) return kept.state;
    const state = await readKeyState(env, id);
    this.#keep(secretHash, { askedAtMs, state });
    return state;
  }

  #keep(secretHash: string, state: KeptState): void {
    this.#kept.delete(secretHash);
    this.#kept.set(secretHash, state);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
  }
}

export function keyAddress(id: string): StreamAddress {
  return { tenant: OWN_TENANT, aggregate: apiKey.name, id };
}

/** From its object, as it is now. */
export async function readKeyState(env: LedgeEnv, id: string): Promise<ApiKeyState> {
  const { state } = await aggregateStub(env, keyAddress(id)).currentState();
  // What the stream of a key folds into.
  return state as ApiKeyState;
}
