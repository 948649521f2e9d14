/**
 * Hands commands to their aggregate's object. The only caller of `execute`, so the only place that knows what a
 * broken call means.
 */
import type { Command } from '../../core/command.ts';
import type { Outcome } from '../../core/outcome.ts';
import { type StreamAddress, streamName } from '../../core/stream.ts';
import { aggregateStub, type LedgeEnv } from '../env.ts';
import type { Log } from '../log.ts';

const ATTEMPTS_MAX = 3;
const RETRY_AFTER_MS = 50;

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
        error: String(error),
      });
      if (attempt === ATTEMPTS_MAX || !(areRepeatable && mayRetry(error)))
        return commands.map(() => unknownOutcome);
      await scheduler.wait(RETRY_AFTER_MS * 2 ** attempt * Math.random());
    }
  }
}

/** Of no use where the object says that it has too much to do. */
function mayRetry(error: unknown): boolean {
  const { retryable, overloaded } = flagsOf(error);
  return retryable && !overloaded;
}

function flagsOf(error: unknown): { retryable: boolean; overloaded: boolean } {
  const has = (flag: string) => typeof error === 'object' && error !== null && flag in error;
  return {
    retryable: has('retryable') || has('durableObjectReset'),
    overloaded: has('overloaded'),
  };
}

const unknownOutcome: Outcome = {
  outcome: 'unavailable',
  detail:
    'The aggregate did not answer. Whether the command was executed is not known; with an idempotency key it is safe to send it again.',
  retryAfterSeconds: 1,
};
