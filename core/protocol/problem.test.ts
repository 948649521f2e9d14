import { describe, expect, test } from 'vitest';
import type { Failure } from '../aggregate/outcome.ts';
import { problemKinds, problemStatus, toProblem } from './problem.ts';

const stream = 'order/o-1';

/** One of every kind: a kind without a line here, or a line without a kind, does not compile. */
const failures: { readonly [Kind in Failure['outcome']]: Extract<Failure, { outcome: Kind }> } = {
  invalid: { outcome: 'invalid', errors: [{ at: '/lines/0', message: 'is missing' }] },
  unauthorized: { outcome: 'unauthorized', why: 'missing' },
  forbidden: { outcome: 'forbidden', detail: 'A page of another origin sent this.' },
  suspended: { outcome: 'suspended', mode: 'read-only', reason: 'The contract has ended.' },
  unknown: { outcome: 'unknown', what: 'aggregate', name: 'ordre' },
  'method-not-allowed': { outcome: 'method-not-allowed', allowed: ['GET', 'HEAD'] },
  rejected: { outcome: 'rejected', stream, version: 3, reason: 'not-placed', details: null },
  conflict: { outcome: 'conflict', stream, expected: 2, actual: 3 },
  restored: { outcome: 'restored', common: 'a1-7-9f3a01bc' },
  damaged: { outcome: 'damaged' },
  'too-large': { outcome: 'too-large', limitBytes: 1_000 },
  'too-many-rows': { outcome: 'too-many-rows', limitRows: 1_000 },
  'unsupported-media-type': { outcome: 'unsupported-media-type', expected: 'application/json' },
  'key-reused': { outcome: 'key-reused', stream },
  'upgrade-required': { outcome: 'upgrade-required' },
  'too-many-requests': {
    outcome: 'too-many-requests',
    limit: 'requests',
    scope: 'principal',
    quota: 60,
    windowSeconds: 10,
    retryAfterSeconds: 10,
  },
  parked: { outcome: 'parked', stream, projection: 'orders' },
  'wrong-state': { outcome: 'wrong-state', detail: 'Version 2 of orders serves.' },
  'subject-forgotten': { outcome: 'subject-forgotten', subject: 'p-1' },
  failed: { outcome: 'failed' },
  unavailable: { outcome: 'unavailable', detail: 'Not yet.', retryAfterSeconds: 1 },
};

test('every kind of failure is a problem with its own type, status, title and detail', () => {
  const problems = Object.values(failures).map((failure) => toProblem(failure));
  for (const [index, { outcome, ...members }] of Object.values(failures).entries()) {
    const problem = problems[index];
    expect(problem).toMatchObject({
      ...members,
      type: `/problems/${outcome}`,
      status: problemStatus(outcome),
      title: expect.stringMatching(/^[A-Z].*[^.]$/),
      detail: expect.stringMatching(/\.$|missing$/),
    });
    expect(problem).not.toHaveProperty('outcome');
  }
  expect(new Set(problems.map(({ title }) => title)).size).toBe(problems.length);
});

test('the kinds that are documented are the kinds that there are', () => {
  const kinds = problemKinds().map(({ kind }) => kind);
  expect(kinds.toSorted()).toEqual(Object.keys(failures).toSorted());
});

/** The contract's table: what a client may rely on. */
describe('the status of', () => {
  test.each([
    ['invalid', 400],
    ['unauthorized', 401],
    ['unknown', 404],
    ['method-not-allowed', 405],
    ['rejected', 409],
    ['conflict', 412],
    ['too-large', 413],
    ['too-many-rows', 413],
    ['unsupported-media-type', 415],
    ['key-reused', 422],
    ['upgrade-required', 426],
    ['too-many-requests', 429],
    ['failed', 500],
    ['unavailable', 503],
  ] as const)('%s is %i', (kind, status) => {
    expect(problemStatus(kind)).toBe(status);
    expect(toProblem(failures[kind]).status).toBe(status);
  });
});

test('a rejection has its reason for programs, and its details for people', () => {
  const details = { available: 3 };
  expect(toProblem({ ...failures.rejected, reason: 'out-of-stock', details })).toMatchObject({
    reason: 'out-of-stock',
    details,
    detail: 'order/o-1 rejects the command: out-of-stock.',
  });
});

test('an invalid input names every place that is wrong', () => {
  const errors = [
    { at: '/a', message: 'is missing' },
    { at: '', message: 'is no object' },
  ];
  const { detail } = toProblem({ outcome: 'invalid', errors });
  expect(detail).toBe('/a: is missing; input: is no object');
});
