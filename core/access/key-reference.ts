/** An API key as it is looked up again after its bearer was let in: without the key itself. */
import type { SessionReference } from './ended-sessions.ts';

export interface KeyReference {
  readonly keyId: string;
  /** Of the secret that was presented, in hexadecimal: a rotated key has two that are valid for a while. */
  readonly secretHash: string;
  /** The session of a browser that the key has opened. Left out: the key itself was presented. */
  readonly session?: SessionReference | undefined;
}

/** One name for equal references. */
export function referenceName({ keyId, secretHash, session }: KeyReference): string {
  return `${keyId}/${secretHash}/${session?.id ?? ''}`;
}

/** What an event and the audit trail call the key. Its id is no secret. */
export function keyName({ keyId }: Pick<KeyReference, 'keyId'>): string {
  return `key:${keyId}`;
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
  /** Of the key, or of the session. */
  readonly isRevoked: boolean;
}
