/** Tells a repeated command from another one under the same idempotency key. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../core/json.ts';

/** Of the 43 characters of a SHA-256: 132 bits, kept with every keyed command for ever. Enough for what is no secret. */
const CHARACTERS = 22;

/**
 * The beginning of the SHA-256 of the command's name, the canonical JSON of its data as it was sent, and the time that
 * the caller says it happened at: that is part of the fact, so another time is another command.
 */
export function fingerprint(command: string, data: unknown, occurredAt?: string): string {
  const time = occurredAt === undefined ? '' : `\n${occurredAt}`;
  return createHash('sha256')
    .update(`${command}\n${canonicalJson(data)}${time}`)
    .digest('base64url')
    .slice(0, CHARACTERS);
}
