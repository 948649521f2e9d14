/**
 * Hands commands to their aggregate's object. The only caller of `execute`, so the only place that knows what a
 * broken call means.
 */

import { backoff } from '../../core/backoff.ts';
import type { Command } from '../../core/command.ts';
import { errorText } from '../../core/error-text.ts';
import type { Outcome } from '../../core/outcome.ts';
import { platformErrorKind } from '../../core/platform-error.ts';
import { type StreamAddress, streamName } from '../../core/stream.ts';
import { aggregateStub, type LedgeEnv } from '../env.ts';
import type { Log } from '../log.ts';
import { unavailableBy, withJitter } from '../unavailable.ts';

const ATTEMPTS_MAX = 3;
const RETRY_AFTER_MS = { first: 100, max: 200 };

/**
 * One outcome for each command, in their order. Commands of one stream are executed in one call. A broken call cannot
 * say whether they were executed: it is made again where that is safe.
 */
export async function sendCommands(
  env: LedgeEnv,
  log: Log,
  address: StreamAddress,
  commands: readonly Command[],
  areRepeatable = commands.every((command) => command.idempotencyKey !== undefined),
): Promise<Outcome[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await aggregateStub(env, address).execute(commands);
    } catch (error) {
      const { tenant } = address;
      log('warn', {
        operation: 'execute',
        tenant,
        stream: streamName(address),
        attempt,
        error: errorText(error),
      });
      if (attempt === ATTEMPTS_MAX || !(areRepeatable && mayRetry(error)))
        return commands.map(() => unknownOutcome(error));
      await scheduler.wait(backoff(RETRY_AFTER_MS, attempt) * Math.random());
    }
  }
}

/** Of no use where the object has too much to do, or where the call itself is at fault. */
function mayRetry(error: unknown): boolean {
  return platformErrorKind(error) === 'unreachable';
}

/** An overloaded object gets more time than one that did not answer. One of an unknown format has executed nothing. */
function unknownOutcome(error: unknown): Outcome {
  const unavailable = unavailableBy(error);
  if (unavailable && platformErrorKind(error) === 'unknown-format') return unavailable;
  return {
    outcome: 'unavailable',
    detail:
      'The aggregate did not answer. Whether the command was executed is not known; with an idempotency key it is safe to send it again.',
    retryAfterSeconds: unavailable?.retryAfterSeconds ?? withJitter(1),
  };
}
