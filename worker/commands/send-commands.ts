/** Sends commands to their aggregate's object, and decides what a failed call means: retry, or an unknown outcome. */

import type { Command } from '../../core/aggregate/command.ts';
import type { Outcome } from '../../core/aggregate/outcome.ts';
import { type StreamAddress, streamName } from '../../core/aggregate/stream.ts';
import type { Log } from '../../core/failures/log-line.ts';
import { platformErrorKind } from '../../core/failures/platform-error.ts';
import { backoff } from '../../core/values/backoff.ts';
import { unavailableBy, withJitter } from '../http/unavailable.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { aggregateStub } from '../runtime/object-stubs.ts';

const ATTEMPTS_MAX = 3;
const RETRY_AFTER_MS = { first: 100, max: 200 };

/**
 * One outcome per command, in order. Commands of one stream are executed in one call. After a failed call it is unknown
 * whether they were executed, so it is repeated only if that is safe.
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
        error,
      });
      if (attempt === ATTEMPTS_MAX || !(areRepeatable && mayRetry(error)))
        return commands.map(() => unknownOutcome(error));
      await scheduler.wait(backoff(RETRY_AFTER_MS, attempt) * Math.random());
    }
  }
}

/** False if the object is overloaded, or if the call itself is at fault. */
function mayRetry(error: unknown): boolean {
  return platformErrorKind(error) === 'unreachable';
}

/**
 * An overloaded object gets a longer delay than one that did not answer. One of an unknown format has executed nothing.
 */
function unknownOutcome(error: unknown): Outcome {
  // A caller whose tenant was erased within the last ten seconds.
  if (platformErrorKind(error) === 'erased') return { outcome: 'unauthorized', why: 'invalid' };
  const unavailable = unavailableBy(error);
  if (unavailable && platformErrorKind(error) === 'unknown-format') return unavailable;
  return {
    outcome: 'unavailable',
    detail:
      'The aggregate did not answer. Whether the command was executed is not known; with an idempotency key it is safe to send it again.',
    retryAfterSeconds: unavailable?.retryAfterSeconds ?? withJitter(1),
  };
}
