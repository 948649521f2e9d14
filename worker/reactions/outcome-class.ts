/** Whether another attempt of a reaction's command can change its outcome. */
import type { Outcome } from '../../core/aggregate/outcome.ts';
import { toProblem } from '../../core/protocol/problem.ts';

/**
 * `answered`: the target has decided. `transient`: another attempt may succeed. `definite`: no attempt can succeed
 * without a fix of the code or an operator.
 */
export type OutcomeClass = 'answered' | 'transient' | 'definite';

const classes: Readonly<Record<Outcome['outcome'], OutcomeClass>> = {
  accepted: 'answered',
  rejected: 'answered',
  unavailable: 'transient',
  failed: 'transient',
  damaged: 'transient',
  conflict: 'definite',
  'key-reused': 'definite',
  invalid: 'definite',
  unknown: 'definite',
  'too-large': 'definite',
  'too-many-rows': 'definite',
  parked: 'definite',
  'wrong-state': 'definite',
  'subject-forgotten': 'definite',
  restored: 'definite',
  unauthorized: 'definite',
  forbidden: 'definite',
  suspended: 'definite',
  'method-not-allowed': 'definite',
  'unsupported-media-type': 'definite',
  'upgrade-required': 'definite',
  // No reaction is limited.
  'too-many-requests': 'transient',
};

export function outcomeClass({ outcome }: Pick<Outcome, 'outcome'>): OutcomeClass {
  return classes[outcome];
}

/** Thrown for a reaction that no further attempt can execute: its event is parked at once. */
export class DefiniteFailure extends Error {
  override readonly name = 'DefiniteFailure';
}

/**
 * The error of a command without an outcome. It names the rule that refused the command, and no address, because ids
 * may be personal data.
 */
export function commandFailure(
  command: string,
  aggregate: string,
  outcome: Outcome | undefined,
): Error {
  if (!outcome || outcome.outcome === 'accepted') {
    return new Error(`${command} of ${aggregate} is ${outcome?.outcome ?? 'unanswered'}.`);
  }
  const text = `${command} of ${aggregate} is ${outcome.outcome}: ${toProblem(outcome).detail}`;
  return outcomeClass(outcome) === 'definite' ? new DefiniteFailure(text) : new Error(text);
}
