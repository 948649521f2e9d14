/**
 * Issues API keys and recognises those that were issued here. A key's tag is made with a secret of the deployment, so a
 * forged key is refused by arithmetic alone. With `node:crypto`, which is synchronous: WebCrypto would be four promises.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  bytesOf,
  hexOf,
  ID_BYTES,
  type KeyParts,
  keyText,
  SECRET_BYTES,
  TAG_BYTES,
} from '../../core/access/key-text.ts';
import { derivedKey } from './derived-keys.ts';

/** What is handed out once, and what is kept of it. */
export interface NewKey {
  readonly id: string;
  readonly key: string;
  readonly hash: string;
}

/** The time at which the key was issued begins its id: ids sort by it. */
const ID_TIME_BYTES = 6;

export function newKeyId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(ID_TIME_BYTES * 2, '0');
  return time + hexOf(randomBytes(ID_BYTES - ID_TIME_BYTES));
}

/** The key's first secret, or the one after a rotation. */
export function issueKey(tagSecret: string, id: string): NewKey {
  const secret = randomBytes(SECRET_BYTES);
  const issued = Buffer.concat([bytesOf(id), secret]);
  const tag = tagOf(tagSecret, issued);
  return { id, key: keyText(Buffer.concat([issued, tag])), hash: hashOf(secret) };
}

/** SHA-256 in hexadecimal: all that is kept of a secret or of a key. */
export function hashOf(secret: Uint8Array | string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Whether the tag was made with one of the deployment's secrets, in a time that does not depend on the tag. */
export function isIssuedHere({ id, secret, tag }: KeyParts, tagSecrets: readonly string[]) {
  const issued = Buffer.concat([bytesOf(id), secret]);
  const matches = tagSecrets.map((one) => timingSafeEqual(tagOf(one, issued), tag));
  return matches.includes(true);
}

/** Both of a SHA-256, in hexadecimal. */
export function isSameHash(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));
}

function tagOf(tagSecret: string, issued: Uint8Array): Buffer {
  return createHmac('sha256', derivedKey(tagSecret, 'key'))
    .update(issued)
    .digest()
    .subarray(0, TAG_BYTES);
}
