/** An API key as it is looked up again after its bearer was let in: without the key itself. */

export interface KeyReference {
  readonly keyId: string;
  /** Of the secret that was presented, in hexadecimal: a rotated key has two that are valid for a while. */
  readonly secretHash: string;
}

/** A reference to a key that was valid when its object was asked. */
export interface ReadKey extends KeyReference {
  readonly readAtMs: number;
  /** The key's end, as it was read; null: it has none. */
  readonly endsAtMs: number | null;
}

/** What the key's object answers about a reference. */
export interface KeyValidity {
  /** Infinity: the key does not expire. 0: the secret is not, or no longer, that of the key. */
  readonly endsAtMs: number;
  readonly isRevoked: boolean;
}
