/** The beginning of a SHA-256 in base64url, to compare values. Runs in the objects and in the Worker. */
import { createHash } from 'node:crypto';

/** The first 22 of 43 characters: 132 bits, enough for a value that is not a secret. */
export const DIGEST_CHARACTERS = 22;

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_CHARACTERS);
}
