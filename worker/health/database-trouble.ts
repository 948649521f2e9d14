/**
 * The response to an operator's request while D1 cannot be read: a problem with the cause, the remedy and the incidents
 * of the health objects. Nothing unchecked is reported as healthy.
 */

import type { Failure } from '../../core/aggregate/outcome.ts';
import { explainFailure } from '../../core/failures/explain-failure.ts';
import type { KnownIncident } from '../../core/failures/incident.ts';
import type { Log } from '../../core/failures/log-line.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { undeliveredStreams } from './undelivered-streams.ts';

/** Our value: the health objects check every ten seconds. */
const RETRY_AFTER_SECONDS = 10;

const NAMED_MAX = 5;

/** @throws the error itself if it is a bug in the code */
export async function databaseTrouble(
  env: LedgeEnv,
  log: Log,
  tenant: string,
  error: unknown,
): Promise<Failure> {
  if (isFaultOfTheCode(error)) throw error;
  log('warn', { operation: 'operations', error });
  const { cause, remedy } = explainFailure(error);
  const undelivered = await undeliveredStreams(env, tenant).catch(() => undefined);
  const streams = undelivered?.undelivered.streams ?? 0;
  const known = undelivered
    ? `Streams with undelivered events: ${streams}. ${inWords(undelivered.undelivered.incidents)}`
    : 'The health objects cannot be read either, so undelivered events are unknown.';
  return {
    outcome: 'unavailable',
    detail: `D1 cannot be read. ${cause} ${remedy} ${known}`.trim(),
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
    remedy,
    incidents: undelivered?.undelivered.incidents ?? [],
  };
}

function isFaultOfTheCode(error: unknown): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
}

function inWords(incidents: readonly KnownIncident[]): string {
  return incidents
    .slice(0, NAMED_MAX)
    .map(({ stream, version, cause }) => `${stream}@${version}: ${cause}`)
    .join(' ');
}
