/** The problem for callers where a part of the platform is in trouble: when to try again, spread by chance. */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { MissingPersonalKey } from '../../core/failures/missing-personal-key.ts';
import {
  isPassing,
  type PassingKind,
  platformErrorKind,
} from '../../core/failures/platform-error.ts';

/** In seconds, chance comes on top. Ours: an overloaded part gets time to recover, a full one waits for people. */
const PASSING: Readonly<
  Record<PassingKind, { readonly retryAfterSeconds: number; readonly detail: string }>
> = {
  unreachable: { retryAfterSeconds: 1, detail: 'A part of the platform did not answer.' },
  overloaded: { retryAfterSeconds: 2, detail: 'A part of the platform has too much to do.' },
  full: {
    retryAfterSeconds: 60,
    detail:
      'The database is full. Commands are still executed; read models wait until an operator makes room.',
  },
  misplaced: {
    retryAfterSeconds: 60,
    detail:
      'The database of this tenant is not bound to the Worker, or has another jurisdiction than it had. Nothing was stored. An operator has to correct that.',
  },
  'unknown-format': {
    retryAfterSeconds: 60,
    detail:
      'The running code does not know the storage format of what is stored here. Nothing was stored. An operator has to deploy the newer code again, or to apply the migrations where the code is the newer one.',
  },
};

/** The problem that a caller gets: undefined where asking again is of no use. */
export function unavailableBy(
  error: unknown,
): Extract<Failure, { outcome: 'unavailable' }> | undefined {
  if (error instanceof MissingPersonalKey) {
    return {
      outcome: 'unavailable',
      detail: error.message,
      retryAfterSeconds: error.retryAfterSeconds,
    };
  }
  const kind = platformErrorKind(error);
  if (!isPassing(kind)) return undefined;
  const { detail, retryAfterSeconds } = PASSING[kind];
  return { outcome: 'unavailable', detail, retryAfterSeconds: withJitter(retryAfterSeconds) };
}

/** Of a use that cannot be counted, whatever the error is. */
export function uncountedBy(error: unknown): Failure {
  const detail = 'What the tenant uses cannot be counted now. Nothing was done.';
  const unknown = { outcome: 'unavailable', detail, retryAfterSeconds: withJitter(1) } as const;
  return unavailableBy(error) ?? unknown;
}

/** Up to as much again, at least a second more: callers that failed together do not return together. Whole seconds. */
export function withJitter(seconds: number): number {
  return seconds + Math.floor(Math.random() * (seconds + 1));
}
