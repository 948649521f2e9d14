import { describe, expect, test } from 'vitest';
import { opened } from '../../test/controls/stored-events.ts';
import type { RecordedEvent } from '../aggregate/event.ts';
import { hasEntry, mapOf } from '../values/persistent-map.ts';
import { sagaPhases } from './effect.ts';
import type { SagaTransition } from './saga-events.ts';
import { evolveSaga, hasEnded, notStarted } from './saga-instance.ts';

const opening = (stream: string, version: number): RecordedEvent => ({
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
  attention: null,
  state: {},
  effects: [],
  ...more,
});

const known = (versions: Record<string, number>) => mapOf(Object.entries(versions));

const kept = [opening('account/a', 1), opening('account/a', 2), opening('account/b', 1)];
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

test('before its start a saga keeps received events in order, and the seen version of each stream', () => {
  expect(waiting).toMatchObject({ status: 'waiting', phase: 'waiting', definition: 0, kept });
  expect(waiting.seen).toEqual(known({ 'account/a': 2, 'account/b': 1 }));
  expect(waiting.keptBytes).toBeGreaterThan(600);
});

test('kept events stay until the start', () => {
  expect(received('account/c', 1)).toMatchObject({ kept: [], keptBytes: 0 });
});

test('the seen version of a stream never decreases', () => {
  expect(received('account/a', 1).seen).toEqual(known({ 'account/a': 2, 'account/b': 1 }));
  expect(received('account/a', 5).seen).toEqual(known({ 'account/a': 5, 'account/b': 1 }));
  const seen = { 'account/a': 2, 'account/b': 1, 'account/c': 4 };
  expect(received('account/c', 4).seen).toEqual(known(seen));
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
  test('to the whole saga leaves every command open', () => {
    const data = { effect: null, transition: transition() };
    expect(hasEntry(evolveSaga.Operated(sent('null'), { data }).open, 'null')).toBe(true);
  });

  test('to one command closes it', () => {
    const data = { effect: 'pay', transition: transition() };
    expect(evolveSaga.Operated(sent('pay'), { data }).open.size).toBe(0);
  });
});

test('only a settled command can wait for a retry or an operator', () => {
  const effects = [{ effect: 'retry', id: 'pay', at: '2026-05-04' }] as const;
  expect(() => received('account/a', 3, { effects })).toThrow('pay is not what was settled.');
});
