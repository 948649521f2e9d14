/** Which outcomes another attempt can change: one table for reactions, and the client agrees with it. */
import { describe, expect, test } from 'vitest';
import { isTransient } from '../../client/retry.ts';
import type { Outcome } from '../../core/aggregate/outcome.ts';
import { problemKinds } from '../../core/protocol/problem.ts';
import {
  commandFailure,
  DefiniteFailure,
  outcomeClass,
} from '../../worker/reactions/outcome-class.ts';

const byClass = Map.groupBy(problemKinds(), ({ kind }) => outcomeClass({ outcome: kind }));
const kindsOf = (one: 'answered' | 'transient' | 'definite') =>
  (byClass.get(one) ?? []).map(({ kind }) => kind).toSorted();

describe('V8 every outcome has one class', () => {
  test('answered by the target, transient, or definite', () => {
    expect(outcomeClass({ outcome: 'accepted' })).toBe('answered');
    expect(kindsOf('answered')).toEqual(['rejected']);
    expect(kindsOf('transient')).toEqual(['damaged', 'failed', 'too-many-requests', 'unavailable']);
    expect(kindsOf('definite')).toEqual([
      'conflict',
      'forbidden',
      'invalid',
      'key-reused',
      'method-not-allowed',
      'parked',
      'restored',
      'subject-forgotten',
      'suspended',
      'too-large',
      'too-many-rows',
      'unauthorized',
      'unknown',
      'unsupported-media-type',
      'upgrade-required',
      'wrong-state',
    ]);
  });

  test('and the client retries exactly the transient ones', () => {
    for (const { kind, status } of problemKinds()) {
      expect([kind, isTransient(status)]).toEqual([
        kind,
        outcomeClass({ outcome: kind }) === 'transient',
      ]);
    }
  });

  test.each<[Outcome | undefined, boolean, string]>([
    [undefined, false, 'Work of desk is unanswered.'],
    [{ outcome: 'failed' }, false, 'Work of desk is failed: '],
    [{ outcome: 'too-large', limitBytes: 9 }, true, 'is too-large: The body may take at most 9'],
    [{ outcome: 'unknown', what: 'aggregate', name: 'desk' }, true, 'There is no aggregate desk.'],
  ])('%j is an error of that kind', (outcome, isDefinite, text) => {
    const error = commandFailure('Work', 'desk', outcome);
    expect(error instanceof DefiniteFailure).toBe(isDefinite);
    expect(error.message).toContain(text);
  });
});
