import { describe, expect, test } from 'vitest';
import { opened } from '../test/controls/stored-events.ts';
import { sagaPhases } from './effect.ts';
import type { RecordedEvent } from './event.ts';
import { evolveSaga, hasEnded, notStarted, type SagaTransition } from './saga-instance.ts';

const heard = (stream: string, version: number): RecordedEvent => ({
  ...opened(stream),
  version,
  aggregate: 'account',
  aggregateId: 'a',
});

const transition = (more: Partial<SagaTransition> = {}): SagaTransition => ({
  definition: 1,
  phase: 'running',
  status: 'running',
  reason: null,
  state: { changed: {} },
  effects: [],
  ...more,
});

const kept = [heard('account/a', 1), heard('account/a', 2), heard('account/b', 1)];
const waiting = kept.reduce(
  (saga, event) =>
    evolveSaga.EventKept(saga, {
      data: { source: event.stream, version: event.version, event },
    }),
  notStarted(),
);

const received = (source: string, version: number, more: Partial<SagaTransition> = {}) =>
  evolveSaga.EventReceived(waiting, { data: { source, version, transition: transition(more) } });

const command = { aggregate: 'account', id: 'a', command: 'Deposit', data: {} };
const sent = (id: string) =>
  received('account/a', 3, {
    effects: [{ effect: 'send', id, attempt: 1, left: 0, retryMs: 0, command }],
  });

test('before its start a saga keeps what it hears, in order, and knows how far it heard of each stream', () => {
  expect(waiting).toMatchObject({ status: 'waiting', phase: 'waiting', definition: 0, kept });
  expect(waiting.seen).toEqual({ 'account/a': 2, 'account/b': 1 });
});

test('what was kept is kept until it is received: that event, and no other', () => {
  expect(received('account/a', 1).kept).toEqual([kept[1], kept[2]]);
  expect(received('account/b', 1).kept).toEqual([kept[0], kept[1]]);
  expect(received('account/c', 1).kept).toEqual(kept);
});

test('how far a stream was heard never goes back', () => {
  expect(received('account/a', 1).seen).toEqual({ 'account/a': 2, 'account/b': 1 });
  expect(received('account/a', 5).seen).toEqual({ 'account/a': 5, 'account/b': 1 });
  expect(received('account/c', 4).seen).toMatchObject({ 'account/c': 4, 'account/a': 2 });
});

test('completed, failed and compensated are the ends', () => {
  const ends = sagaPhases.filter((phase) => hasEnded({ phase }));
  expect(ends).toEqual(['completed', 'failed', 'compensated']);
});

test('an end takes away the timeouts, and nothing else does', () => {
  const effects = [{ effect: 'start-timeout', name: 'idle', at: '2026-05-04' }] as const;
  expect(received('account/a', 3, { effects }).timeouts).toEqual({ idle: '2026-05-04' });
  for (const phase of ['completed', 'failed', 'compensated'] as const) {
    expect(received('account/a', 3, { effects, phase }).timeouts).toEqual({});
  }
});

describe('what an operator does', () => {
  test('to the whole saga leaves every command open, whatever it is called', () => {
    const data = { effect: null, transition: transition() };
    expect(evolveSaga.Operated(sent('null'), { data }).open).toHaveProperty('null');
  });

  test('to one command closes it', () => {
    const data = { effect: 'pay', transition: transition() };
    expect(evolveSaga.Operated(sent('pay'), { data }).open).toEqual({});
  });
});

test('what was not settled cannot wait for a retry, nor for somebody to look', () => {
  const effects = [{ effect: 'retry', id: 'pay', at: '2026-05-04' }] as const;
  expect(() => received('account/a', 3, { effects })).toThrow('pay is not what was settled.');
});
