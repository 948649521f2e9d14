import { expect, test } from 'vitest';
import * as z from 'zod';
import { HOPS_MAX } from '../process/hops.ts';
import { failureText } from '../protocol/problem.ts';
import { MemoryTimers } from '../testing/memory-timers.ts';
import { utcText } from '../values/time.ts';
import { timerCommand } from './timer-command.ts';
import {
  changeTimers,
  dueTimer,
  parkTimer,
  type ScheduledTimer,
  type TimerSetting,
  timerThrew,
} from './timers.ts';

const NOW_MS = Date.UTC(2027, 0);
const origin = { causationId: 'cause', correlationId: 'talk', scheduleId: 'w' };
const byCaller: TimerSetting = { nowMs: NOW_MS, isByTimer: false, origin };

function setAfter(afterMs: number, setting: TimerSetting): ScheduledTimer {
  const timers = new MemoryTimers();
  const at = utcText(NOW_MS + afterMs);
  changeTimers(timers, { timer: 'schedule', id: 'a', at, command: 'Go', data: {} }, setting);
  const next = timers.next();
  if (!next) throw new Error('It was set.');
  return next;
}

test('M14 a timer of a timer is due a second later at the earliest, any other at its time', () => {
  const byTimer = { ...byCaller, isByTimer: true };
  for (const [afterMs, dueAfterMs] of [
    [-5_000, 1_000],
    [999, 1_000],
    [1_001, 1_001],
  ] as const) {
    expect(setAfter(afterMs, byTimer).dueMs - NOW_MS).toBe(dueAfterMs);
    expect(setAfter(afterMs, byCaller).dueMs - NOW_MS).toBe(afterMs);
  }
});

test('M14 a timer for less than a second later continues the hops of what set it, others do not', () => {
  const far: TimerSetting = { ...byCaller, hops: HOPS_MAX };
  expect(timerCommand({ Go: z.strictObject({}) }, setAfter(999, far))).toMatchObject({
    hops: HOPS_MAX,
    causationId: 'cause',
    correlationId: 'talk',
  });
  expect(setAfter(1_000, far).origin).not.toHaveProperty('hops');
  expect(setAfter(0, { ...far, isByTimer: true }).origin).not.toHaveProperty('hops');
  expect(setAfter(0, byCaller).origin).not.toHaveProperty('hops');
});

test('M11 a command that throws is retried ever later, and parked at its tenth attempt', () => {
  const timers = new MemoryTimers([setAfter(0, byCaller)]);
  const waits: number[] = [];
  let nowMs = NOW_MS;
  for (let due = dueTimer(timers, nowMs); due; due = dueTimer(timers, nowMs)) {
    const after = timerThrew(timers, due, nowMs);
    if (after.state === 'scheduled') waits.push((after.dueMs - nowMs) / 1_000);
    nowMs = after.dueMs;
    if (after.state !== 'scheduled') break;
  }
  expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640, 1_280, 2_560]);
  expect(timers.find('a')).toMatchObject({ state: 'parked', attempts: 10 });
  expect(dueTimer(timers, Infinity)).toBeUndefined();
});

test('M11 a parked timer has its reason without its data', () => {
  const schemas = { Go: z.strictObject({ secret: z.number() }).refine(() => false, 'secret 42') };
  const due = { ...setAfter(0, byCaller), data: { secret: '42' } };
  const command = timerCommand(schemas, due);
  if (!('outcome' in command)) throw new Error('Its schema refuses it.');
  const { stop } = parkTimer(new MemoryTimers(), due, failureText(command), NOW_MS);
  expect(stop.reason).toBe("invalid: /secret: The command's schema refuses it (invalid_type).");
});
