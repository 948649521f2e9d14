/** The keys that are derived from a secret of the deployment, one for each purpose: what one signs, no other accepts. */
import { hkdfSync } from 'node:crypto';

export type SigningPurpose = 'key' | 'ticket' | 'session' | 'receipt';

/** A deployment has two secrets at most. */
const derived = new Map<string, Buffer>();

export function derivedKey(
  secret: string,
  purpose: SigningPurpose | 'seal' | 'subscription',
): Buffer {
  const name = `${purpose} ${secret}`;
  const known = derived.get(name) ?? Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
  derived.set(name, known);
  return known;
}
