/** The header `Idempotency-Key`, without the quotes that the draft standard has and most clients leave out. */
import { IDEMPOTENCY_KEY_RULE, isCallersKey } from '../../core/aggregate/command.ts';
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import { unquoted } from './unquoted.ts';

export interface GivenKey {
  /** Left out: a repeat is executed again. */
  readonly idempotencyKey?: string;
}

export function idempotencyKeyIn(headers: Headers): GivenKey | Failure {
  const given = headers.get('idempotency-key');
  if (given === null) return {};
  const idempotencyKey = unquoted(given);
  if (isCallersKey(idempotencyKey)) return { idempotencyKey };
  return invalid('Idempotency-Key', `A key is ${IDEMPOTENCY_KEY_RULE}.`);
}
