/** Tells a repeated command from another one under the same idempotency key. */
import { canonicalJson } from '../../core/values/json.ts';
import { digest } from '../../durable-objects/digest.ts';

/**
 * A digest of the command's name, the canonical JSON of its data as it was sent, and the time that
 * the caller says it happened at: that is part of the fact, so another time is another command.
 */
export function fingerprint(command: string, data: unknown, occurredAt?: string): string {
  const time = occurredAt === undefined ? '' : `\n${occurredAt}`;
  return digest(`${command}\n${canonicalJson(data)}${time}`);
}
