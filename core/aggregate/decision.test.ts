import { expect, test } from 'vitest';
import { accept, cancel, later, reject, schedule } from './decision.ts';

const opened = { type: 'AccountOpened', data: { owner: 'ann' } };

test('accept returns events, or none when nothing is left to do', () => {
  expect(accept(opened)).toMatchObject({ decision: 'accepted', events: [opened], timers: [] });
  expect(accept()).toMatchObject({ decision: 'accepted', events: [], timers: [] });
});

test('reject returns a reason and optional details', () => {
  const rejected = { decision: 'rejected', reason: 'not-enough', details: { cents: 5 } };
  expect(reject('not-enough', { cents: 5 })).toEqual(rejected);
  expect(reject('not-enough')).toEqual({ ...rejected, details: null });
});

test('timers are added to a decision, which keeps its events', () => {
  const at = '2026-05-04T12:00:00.000Z';
  const fee = schedule('fee', { at, command: 'Withdraw', data: { cents: 5 } });
  const gift = cancel('gift');
  const both = { decision: 'accepted', events: [opened], timers: [fee, gift] };
  expect(accept(opened).with(fee, gift)).toMatchObject(both);
  expect(accept(opened).with(fee).with(gift)).toMatchObject(both);
});

test('a timer has its operation, its id and its time', () => {
  const at = '2026-05-04T12:00:00.000Z';
  const data = { cents: 5 };
  expect(schedule('fee', { at, command: 'Withdraw', data })).toEqual({
    timer: 'schedule',
    id: 'fee',
    at,
    command: 'Withdraw',
    data,
  });
  expect(cancel('fee')).toEqual({ timer: 'cancel', id: 'fee' });
});

test('later is so many milliseconds after', () => {
  expect(later('2026-02-28T23:59:59.500Z', 1_000)).toBe('2026-03-01T00:00:00.500Z');
  expect(later('2026-05-04T12:00:00.000Z', 0)).toBe('2026-05-04T12:00:00.000Z');
});

test('M17 later refuses an invalid time, and a result outside of the valid times', () => {
  expect(later('2026-05-04T14:00:00+02:00', 0)).toBe('2026-05-04T12:00:00.000Z');
  for (const time of ['', '0', '2026-05-04', '2026-05-04T12:00:00', '2026-02-30T00:00:00Z']) {
    expect(() => later(time, 0)).toThrow('is no time');
  }
  const wrong: unknown[] = [Number.NaN, Infinity, 1e15, undefined];
  for (const delayMs of wrong) {
    expect(() => later('2026-05-04T12:00:00Z', Number(delayMs))).toThrow(RangeError);
  }
});
