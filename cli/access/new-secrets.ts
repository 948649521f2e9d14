/** The two secrets of a deployment, and the administrator's key, of which the deployment gets the hash alone. */
import { createHash, randomBytes } from 'node:crypto';
import { KEY_BYTES, keyText } from '../../core/access/key-text.ts';

const SECRET_BYTES = 32;

export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** It is recognised by its hash, so its tag is as random as the rest and outlives a change of the secret. */
export function newAdminKey(): { readonly key: string; readonly hash: string } {
  const key = keyText(randomBytes(KEY_BYTES));
  return { key, hash: createHash('sha256').update(key).digest('hex') };
}
