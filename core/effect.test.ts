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

test('an effect says what is wanted, as data', () => {
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

test('an end says how it went, and why where it is no good one', () => {
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
