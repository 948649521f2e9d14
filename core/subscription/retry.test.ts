import { describe, expect, test } from 'vitest';
import { resultOf, retryAfterMs, retryDelayMs, type TargetAnswer } from './retry.ts';
import { troubleOf } from './subscription-trouble.ts';
import { afterFailure, HEALTHY, isBroken, type TargetHealth } from './target-health.ts';

const failed: TargetAnswer = { result: 'failed', status: 500, durationMs: 1 };
const nowMs = Date.parse('2026-11-27T00:00:00Z');

describe('SU4 what is not delivered is tried again', () => {
  test.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [301, 'redirected'],
    [304, 'redirected'],
    [400, 'refused'],
    [404, 'refused'],
    [410, 'gone'],
    [429, 'busy'],
    [500, 'failed'],
    [503, 'busy'],
    [101, 'failed'],
  ])('%i is %s', (status, result) => {
    expect(resultOf(status)).toBe(result);
  });

  test('after delays that double up to half an hour, with jitter', () => {
    const delays = [1, 2, 3, 10, 1_000].map((failures) => retryDelayMs('e', failures, failed));
    for (const [index, least] of [5_000, 10_000, 20_000, 1_800_000, 1_800_000].entries()) {
      expect(delays[index]).toBeGreaterThanOrEqual(least);
      expect(delays[index]).toBeLessThanOrEqual(least * 1.5);
    }
    expect(retryDelayMs('e', 1, failed)).not.toBe(retryDelayMs('f', 1, failed));
  });

  test('and not before the time that the target asks for, an hour at most', () => {
    expect(retryAfterMs('120', nowMs)).toBe(120_000);
    expect(retryAfterMs('Fri, 27 Nov 2026 00:01:00 GMT', nowMs)).toBe(60_000);
    expect(retryAfterMs('Fri, 27 Nov 2020 00:01:00 GMT', nowMs)).toBe(0);
    expect(retryAfterMs('999999', nowMs)).toBe(3_600_000);
    for (const text of [null, '', 'soon', '-1 second', '1e9x'])
      expect(retryAfterMs(text, nowMs)).toBeUndefined();
    expect(retryDelayMs('e', 1, { ...failed, retryAfterMs: 600_000 })).toBe(600_000);
  });
});

describe('SU5 a target that fails for all is broken', () => {
  const failedBy = (...streams: readonly string[]): TargetHealth =>
    streams.reduce((health, stream) => afterFailure(health, { stream, nowMs }), HEALTHY);

  test('once five streams have failed with no success between them', () => {
    expect(isBroken(failedBy('a', 'a', 'a', 'a', 'a', 'a', 'b'))).toBe(false);
    expect(failedBy('a', 'b').quietUntilMs).toBe(0);
    const broken = failedBy('a', 'b', 'c', 'd', 'e');
    expect(isBroken(broken)).toBe(true);
    expect(broken.quietUntilMs).toBeGreaterThanOrEqual(nowMs + 10_000);
    expect(broken.failingSinceMs).toBe(nowMs);
  });

  test('and is probed at intervals that grow to five minutes', () => {
    let health = failedBy('a', 'b', 'c', 'd', 'e');
    for (let probes = 0; probes < 20; probes++) {
      health = afterFailure(health, { stream: 'a', nowMs: health.quietUntilMs });
    }
    const last = afterFailure(health, { stream: 'a', nowMs: health.quietUntilMs });
    const interval = last.quietUntilMs - health.quietUntilMs;
    expect(interval).toBeGreaterThanOrEqual(300_000);
    expect(interval).toBeLessThanOrEqual(450_000);
  });

  test('and is left alone for as long as it asks', () => {
    const busy = afterFailure(HEALTHY, { stream: 'a', nowMs, retryAfterMs: 60_000 });
    expect(busy).toMatchObject({ quietUntilMs: nowMs + 60_000, failing: ['a'] });
  });
});

test('SU9 an operator has to know of a target that fails for long, of parked events, of a fault', () => {
  const well = { status: 'active', fault: null, health: HEALTHY, parked: 0 } as const;
  const failing = { ...well, health: { failingSinceMs: nowMs } };
  expect(troubleOf(well, nowMs)).toBeUndefined();
  expect(troubleOf(failing, nowMs + 899_999)).toBeUndefined();
  expect(troubleOf(failing, nowMs + 900_000)?.cause).toContain('15 minutes');
  expect(troubleOf({ ...well, parked: 1 }, nowMs)?.cause).toContain('three days');
  expect(troubleOf({ ...well, fault: 'secret' }, nowMs)?.remedy).toContain('LEDGE_SECRET');
  expect(troubleOf({ ...well, status: 'disabled' }, nowMs)?.cause).toContain('410');
  expect(troubleOf({ ...failing, status: 'paused', parked: 3 }, nowMs + 1e9)).toBeUndefined();
});
