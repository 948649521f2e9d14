/**
 * Seals a few bytes into an opaque text: deterministic authenticated encryption (SIV), with HMAC-SHA-256 for the
 * synthetic vector and for the key stream. The same bytes have one text, and no other text is accepted.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { BoundedMap } from '../../core/values/bounded-map.ts';
import { derivedKey } from './derived-keys.ts';

export type SealedKind = 'position' | 'bookmark';

export interface SealKey {
  readonly vector: Buffer;
  readonly stream: Buffer;
}

const VECTOR_BYTES = 16;

/** One block of the key stream: the hash has no more. */
export const SEALED_BYTES_MAX = 32;

/** Ours, of some 300 bytes each: a key is derived once for each isolate, tenant and kind. */
const keys = new BoundedMap<string, SealKey>(1_000);

export function sealKey(secret: string, kind: SealedKind, tenant: string): SealKey {
  const name = `${kind} ${tenant} ${secret}`;
  return keys.get(name) ?? keys.put(name, deriveKey(secret, `${kind} ${tenant}`));
}

function deriveKey(secret: string, name: string): SealKey {
  const bytes = createHmac('sha512', derivedKey(secret, 'seal')).update(name).digest();
  return { vector: bytes.subarray(0, 32), stream: bytes.subarray(32) };
}

/** `plain`: at most SEALED_BYTES_MAX. */
export function seal(key: SealKey, plain: Uint8Array): string {
  const vector = vectorOf(key, plain);
  return Buffer.concat([vector, masked(key, vector, plain)]).toString('base64url');
}

/** Undefined for what was not sealed with this key. */
export function unseal(key: SealKey, text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  // Decoding skips what is not base64url, so that one value would have many texts.
  if (bytes.length < VECTOR_BYTES || bytes.toString('base64url') !== text) return undefined;
  const vector = bytes.subarray(0, VECTOR_BYTES);
  const plain = masked(key, vector, bytes.subarray(VECTOR_BYTES, VECTOR_BYTES + SEALED_BYTES_MAX));
  return timingSafeEqual(vector, vectorOf(key, plain)) ? plain : undefined;
}

function vectorOf({ vector }: SealKey, plain: Uint8Array): Buffer {
  return createHmac('sha256', vector).update(plain).digest().subarray(0, VECTOR_BYTES);
}

function masked({ stream }: SealKey, vector: Uint8Array, bytes: Uint8Array): Buffer {
  const mask = createHmac('sha256', stream).update(vector).digest();
  return Buffer.from(bytes.map((byte, index) => byte ^ (mask[index] ?? 0)));
}
