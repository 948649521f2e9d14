import { describe, expect, test } from 'vitest';
import {
  answered,
  newAction,
  nextAttempt,
  parked,
  postponed,
  retried,
  type StoredAction,
  sentLater,
} from './stored-action.ts';

const HOUR_MS = 3_600_000;
const policy = { name: 'pay', timeoutMs: 20_000, retry: { attempts: 5, forMs: 3 * HOUR_MS } };

const first = newAction(policy, 7, 0);

describe('AE3 the attempts of an action', () => {
  test('begin with one that counts, and is lost after its time', () => {
    expect(first).toMatchObject({ state: 'pending', attempts: 1, sinceMs: 0, dueMs: 25_000 });
  });

  test('come ever later, and no more often than the policy has it', () => {
    const delays: number[] = [];
    let stored: StoredAction | undefined = first;
    let nowMs = 0;
    for (;;) {
      const later = postponed(policy, stored, { cause: 'x' }, nowMs);
      if (!later) break;
      delays.push(later.dueMs - nowMs);
      nowMs = later.dueMs;
      stored = nextAttempt(policy, later, nowMs);
      if (!stored) throw new Error('A postponed action has an attempt.');
    }
    expect(stored.attempts).toBe(5);
    expect(delays).toHaveLength(4);
    for (const [index, delay] of delays.entries()) {
      expect(delay).toBeGreaterThanOrEqual(5_000 * 2 ** index);
      expect(delay).toBeLessThanOrEqual(7_500 * 2 ** index);
    }
  });

  test('have jitter: two streams’ actions do not come back together', () => {
    const dueOf = (version: number) =>
      postponed(policy, newAction(policy, version, 0), { cause: 'x' }, 0)?.dueMs;
    expect(dueOf(7)).not.toBe(dueOf(8));
    expect(dueOf(7)).toBe(dueOf(7));
  });

  test('come when the other system says, within their time', () => {
    const at = (afterMs: number) => postponed(policy, first, { cause: 'x', afterMs }, 1_000)?.dueMs;
    expect(at(60_000)).toBe(61_000);
    expect(at(3 * HOUR_MS)).toBeUndefined();
  });

  test('end with their time, also where one was lost', () => {
    expect(nextAttempt(policy, first, 3 * HOUR_MS)).toMatchObject({ attempts: 2 });
    expect(nextAttempt(policy, first, 3 * HOUR_MS + 1)).toBeUndefined();
    expect(nextAttempt(policy, { ...first, attempts: 5 }, 0)).toBeUndefined();
  });
});

describe('AE4 the commands of an answer', () => {
  const kept = { of: 'handler', commands: [] } as const;

  test('are sent ever later, for an hour and a half', () => {
    let stored: StoredAction | undefined = answered(first, kept, 1_000);
    const delays: number[] = [];
    for (let nowMs = 1_000; ; ) {
      stored = sentLater(stored, 'x', nowMs);
      if (!stored) break;
      delays.push(stored.dueMs - nowMs);
      nowMs = stored.dueMs;
    }
    expect(delays.slice(0, 4)).toEqual([1_000, 1_000, 2_000, 4_000]);
    expect(Math.max(...delays)).toBeLessThanOrEqual(HOUR_MS);
    expect(delays.length).toBeLessThan(20);
  });

  test('are sent by a retry of an operator, and without them the handler is called', () => {
    const stopped = parked(answered(first, kept, 0), 'x', kept);
    expect(retried(policy, stopped, 5)).toMatchObject({ state: 'answered', answer: kept });
    const uncalled = retried(policy, parked(first, 'x'), 5);
    expect(uncalled).toMatchObject({ state: 'pending', attempts: 1, sinceMs: 5, answer: null });
  });
});
