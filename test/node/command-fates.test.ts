/** Which outcomes another attempt can change: one table for reactions, and the client agrees with it. */
import { describe, expect, test } from 'vitest';
import { isTransient } from '../../client/retry.ts';
import type { Outcome } from '../../core/aggregate/outcome.ts';
import { problemKinds } from '../../core/protocol/problem.ts';
import {
  commandFailure,
  commandFate,
  DefiniteFailure,
} from '../../worker/reactions/command-fate.ts';

const byFate = Map.groupBy(problemKinds(), ({ kind }) => commandFate({ outcome: kind }));
const kindsOf = (fate: 'answered' | 'passing' | 'definite') =>
  (byFate.get(fate) ?? []).map(({ kind }) => kind).toSorted();

describe('V8 every outcome has one fate', () => {
  test('answered by the target, passing, or definite', () => {
    expect(commandFate({ outcome: 'accepted' })).toBe('answered');
    expect(kindsOf('answered')).toEqual(['rejected']);
    expect(kindsOf('passing')).toEqual(['damaged', 'failed', 'unavailable']);
    expect(kindsOf('definite')).toEqual([
      'conflict',
      'forbidden',
      'invalid',
      'key-reused',
      'method-not-allowed',
      'parked',
      'restored',
      'too-large',
      'unauthorized',
      'unknown',
      'unsupported-media-type',
      'upgrade-required',
      'wrong-state',
    ]);
  });

  test('and the client retries exactly the passing ones', () => {
    for (const { kind, status } of problemKinds()) {
      expect([kind, isTransient(status)]).toEqual([
        kind,
        commandFate({ outcome: kind }) === 'passing',
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
