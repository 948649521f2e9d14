import { expect, test } from 'vitest';
import {
  cancelTimeout,
  compensate,
  compensated,
  complete,
  fail,
  needAttention,
  proceed,
  resume,
  send,
  startTimeout,
} from './effect.ts';

const reaction = { aggregate: 'account', id: 'a', command: 'Deposit', data: {} };

test('an effect is data', () => {
  const once = { attempts: 1, afterMs: 0 };
  expect(send('pay', reaction)).toEqual({ effect: 'send', id: 'pay', reaction, retry: once });
  const retry = { attempts: 3, afterMs: 1_000 };
  expect(send('pay', reaction, retry)).toMatchObject({ retry });
  expect(startTimeout('idle', 500)).toEqual({
    effect: 'start-timeout',
    name: 'idle',
    afterMs: 500,
  });
  expect(cancelTimeout('idle')).toEqual({ effect: 'cancel-timeout', name: 'idle' });
  expect(needAttention('pay', 'no')).toEqual({ effect: 'attention', id: 'pay', reason: 'no' });
});

test('an end has its phase, and a reason unless it is completed', () => {
  const ends = [complete(), fail('a'), compensate('b'), resume(), compensated('c')];
  expect(ends).toEqual(
    [
      { phase: 'completed', reason: null },
      { phase: 'failed', reason: 'a' },
      { phase: 'compensating', reason: 'b' },
      { phase: 'running', reason: null },
      { phase: 'compensated', reason: 'c' },
    ].map((entered) => ({ effect: 'enter', ...entered })),
  );
});

test('a saga proceeds in a state, with any number of effects', () => {
  expect(proceed('paid')).toEqual({ state: 'paid', effects: [] });
  expect(proceed('paid', complete())).toEqual({ state: 'paid', effects: [complete()] });
});

test('M17 a timeout starts after a delay that a clock can measure', () => {
  for (const afterMs of [0, 0.5, 3_155_760_000_000]) {
    expect(startTimeout('idle', afterMs)).toMatchObject({ afterMs });
  }
  for (const afterMs of [-1, Number.NaN, Infinity, 3_155_760_000_001]) {
    expect(() => startTimeout('idle', afterMs)).toThrow('100 years');
  }
});

test('M17 a command is retried a whole and limited number of times', () => {
  const wrong = [
    { attempts: 0, afterMs: 0 },
    { attempts: 1.5, afterMs: 0 },
    { attempts: Infinity, afterMs: 0 },
    { attempts: 2, afterMs: -1 },
    { attempts: 2, afterMs: Number.NaN },
    { attempts: 60, afterMs: 1_000 },
  ];
  for (const retry of wrong) expect(() => send('pay', reaction, retry)).toThrow(RangeError);
  expect(send('pay', reaction, { attempts: 30, afterMs: 1_000 })).toMatchObject({ id: 'pay' });
});
