/** Distinguishes a repeated command from another one under the same idempotency key. */
import { canonicalJson } from '../../core/values/json.ts';
import { digest } from '../../durable-objects/digest.ts';

/**
 * A digest of the command's name, the canonical JSON of its data as sent, and the caller's time of occurrence, which is
 * part of the event: another time is another command.
 */
export function fingerprint(command: string, data: unknown, occurredAt?: string): string {
  const time = occurredAt === undefined ? '' : `\n${occurredAt}`;
  return digest(`${command}\n${canonicalJson(data)}${time}`);
}
