/** Tells a repeated command from another one under the same idempotency key. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../core/json.ts';

/** Of the 43 characters of a SHA-256: 132 bits, kept with every keyed command for ever. Enough for what is no secret. */
const CHARACTERS = 22;

/** The beginning of the SHA-256 of the command's name and the canonical JSON of its data as it was sent. */
export function fingerprint(command: string, data: unknown): string {
  return createHash('sha256')
    .update(`${command}\n${canonicalJson(data)}`)
    .digest('base64url')
    .slice(0, CHARACTERS);
}
