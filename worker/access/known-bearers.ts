/**
 * The bearers of API keys, as the keys' objects answered at most ten seconds ago: how long a revoked key is still
 * accepted. Nothing else lies between a revocation and its effect, neither a queue nor D1.
 */
import type { KeyReference } from '../../core/access/key-reference.ts';
import { BoundedMap } from '../../core/values/bounded-map.ts';
import { KEPT_MS } from '../runtime/kept-ms.ts';
import type { Claims } from '../runtime/principal.ts';

/** Ours, of some 500 bytes each. The one that was asked for first makes room. */
const KEPT_MAX = 10_000;

/** The principal of a key, and when the key ends. */
export interface Bearer {
  readonly key: KeyReference;
  readonly id: string;
  /** The key, by its id. */
  readonly credential: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly claims: Claims;
  /** Infinity: it does not expire. */
  readonly endsAtMs: number;
}

export interface KnownBearer {
  readonly askedAtMs: number;
  /** Undefined for a key that was revoked, replaced or never issued. */
  readonly bearer: Bearer | undefined;
}

export class KnownBearers {
  // By the key itself, so that nothing is computed for a known one: its hash took more time than all other checks. Or by the
  // name of a reference. Bearers and no promises, since one request cannot wait for what another one has begun.
  readonly #known = new BoundedMap<string, KnownBearer>(KEPT_MAX);

  recent(name: string, nowMs: number): KnownBearer | undefined {
    const known = this.#known.get(name);
    // A clock that went back makes an answer old.
    return known && Math.abs(nowMs - known.askedAtMs) < KEPT_MS ? known : undefined;
  }

  keep(name: string, known: KnownBearer): KnownBearer {
    return this.#known.put(name, known);
  }
}
