import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineAggregate, evolve, fold } from '../aggregate/aggregate.ts';
import { accept, type Decision, later } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import { givenSaga, type SagaStory } from '../testing/index.ts';
import { withStableJitter } from '../values/jitter.ts';
import { getEntry, mapOf } from '../values/persistent-map.ts';
import {
  cancelTimeout,
  compensate,
  complete,
  type Effect,
  type EffectOutcome,
  fail,
  proceed,
  type SagaReaction,
  send,
  startTimeout,
} from './effect.ts';
import { command } from './reactor.ts';
import { defineSaga } from './saga.ts';
import type { SagaInstance } from './saga-instance.ts';

const noted = event(z.strictObject({ script: z.string() }));
const desk = defineAggregate({
  name: 'desk',
  events: { Started: noted, Noted: noted },
  commands: { Do: z.strictObject({}) },
  initialState: () => null,
  evolve: { Started: () => null, Noted: () => null },
  decide: { Do: () => accept() },
  eventBytesMax: 1_048_576,
});
const door = defineAggregate({ ...desk, name: 'door' });

const doing = command(desk, 'd-1', 'Do', {});
const retried = send('s', doing, { attempts: 3, afterMs: 1_000 });

/** The saga's reactions, by the name that an event carries. */
const scripts: Readonly<Record<string, SagaReaction<unknown>>> = {
  nothing: proceed({ a: 1, b: 1 }),
  'send once': proceed({ a: 1, b: 1 }, send('s', doing)),
  'send thrice': proceed({ a: 1, b: 1 }, retried),
  'change b': proceed({ a: 1, b: 2 }),
  'leave b out': proceed({ a: 1 }),
  'add c': proceed({ a: 1, b: 1, c: 1 }),
  list: proceed([1]),
  'longer list': proceed([1, 2]),
  text: proceed('text'),
  null: proceed(null),
  wait: proceed({ a: 1 }, startTimeout('idle', 1_000)),
  'wait longer': proceed({ a: 1 }, startTimeout('idle', 5_000)),
  'wait again': { state: { a: 1 }, effects: [cancelTimeout('idle'), startTimeout('idle', 2_000)] },
  'wait for no word': proceed({ a: 1 }, startTimeout('wordless', 1_000)),
  'wait and end': { state: { a: 1 }, effects: [startTimeout('idle', 1_000), complete()] },
  end: proceed({ a: 1 }, complete()),
  'turn and end': proceed({ a: 1 }, compensate('first'), fail('last')),
};

const scripted = ({ data }: { data: { script: string } }) =>
  scripts[data.script] as SagaReaction<unknown, Effect<'idle'>>;

const settledOutcomes: EffectOutcome[] = [];

const saga = defineSaga({
  name: 'scripted',
  version: 3,
  from: [desk, door],
  initialState: () => null as unknown,
  correlate: {
    desk: { Started: () => 'x-1', Noted: () => 'x-1' },
    door: { Noted: () => 'x-1' },
  },
  startedBy: { desk: { Started: scripted } },
  on: { desk: { Noted: scripted }, door: { Noted: scripted } },
  timeouts: { idle: (state) => proceed(state, fail('idle')) },
  settled: (settled, state) => {
    settledOutcomes.push(settled);
    if (settled.outcome === 'resolved') return proceed(state, complete());
    return settled.outcome === 'rejected' ? undefined : proceed(state);
  },
  cancelled: (reason, state) => proceed(state, fail(reason)),
});

const says = (script: string) =>
  ({ aggregate: desk, id: 'd-1', type: 'Noted', data: { script } }) as const;
const atDoor = (script: string, version = 1) =>
  ({ aggregate: door, id: 'd-1', type: 'Noted', data: { script }, version }) as const;
const starts = (script: string) =>
  ({ aggregate: desk, id: 'd-1', type: 'Started', data: { script } }) as const;

const fresh = givenSaga(saga, 'x-1');
const begun = (script: string) => givenSaga(saga, 'x-1').whenEvent(starts(script));

const sOf = ({ instance }: SagaStory) => getEntry(instance.open, 's');

const now = '2026-05-04T12:00:00.000Z';
const context = { now, id: 'x-1', actor: 'ann' } as never;
const { decide, commands } = saga.aggregate;

/** The transition that a decision records. */
function transitionOf(decision: Decision<{ type: string; data: unknown }>): unknown {
  if (decision.decision !== 'accepted') return decision;
  const [{ data } = { data: {} }] = decision.events;
  return Object(data).transition;
}

const settle = (instance: SagaInstance, more: Partial<z.input<typeof commands.Settle>> = {}) =>
  decide.Settle(
    { effect: 's', attempt: 1, outcome: 'rejected', reason: 'no', ...more },
    instance,
    context,
  );

describe('the commands of the runtime', () => {
  const settled = { effect: 's', attempt: 1, outcome: 'accepted', reason: null };
  const operated = { effect: 's', reason: 'r' };

  test.each([
    ['Receive', { event: {} }],
    ['Settle', settled],
    ['Settle', { ...settled, outcome: 'rejected', reason: 'no' }],
    ['Settle', { ...settled, effect: 'x'.repeat(256) }],
    ['Retry', { effect: 's', attempt: 2 }],
    ['Timeout', { name: 'idle' }],
    ['RetryEffect', operated],
    ['SkipEffect', { ...operated, reason: 'x'.repeat(1_000) }],
    ['ResolveEffect', operated],
    ['Cancel', { reason: 'r' }],
  ] as const)('%s takes %j', (name, data) => {
    expect(commands[name].parse(data)).toEqual(data);
  });

  test.each([
    ['Receive', {}],
    ['Settle', { ...settled, outcome: 'skipped' }],
    ['Settle', { ...settled, effect: '' }],
    ['Settle', { ...settled, effect: 'x'.repeat(257) }],
    ['Retry', { effect: 's' }],
    ['Timeout', {}],
    ['RetryEffect', { effect: 's' }],
    ['SkipEffect', { ...operated, reason: '' }],
    ['ResolveEffect', { ...operated, reason: 'x'.repeat(1_001) }],
    ['Cancel', {}],
    ['Cancel', { reason: '' }],
  ] as const)('%s refuses %j', (name, data) => {
    expect(commands[name].safeParse(data).success).toBe(false);
  });
});

describe('before its start', () => {
  test('a saga cannot be cancelled', () => {
    fresh.whenOperator('Cancel', { reason: 'x' }).thenRefused('not-started');
  });

  test('early events are handled after the start, in order', () => {
    const early = fresh.whenEvent(atDoor('change b', 1)).whenEvent(atDoor('send once', 2));
    const late = early.whenEvent(starts('nothing')).thenRecords(3).thenSends({ s: doing });
    expect(late.instance).toMatchObject({ definition: 3, state: { a: 1, b: 1 }, kept: [] });
  });

  test('early events are not handled by a saga that ends with its start', () => {
    const early = fresh.whenEvent(atDoor('send once'));
    early.whenEvent(starts('end')).thenRecords(1).thenSends().thenStatus('completed', null);
  });

  test('early events start their timers', () => {
    const early = fresh.whenEvent(atDoor('wait for no word', 1)).whenEvent(atDoor('wait', 2));
    early.whenEvent(starts('nothing')).thenTimers('timeout/wordless', 'timeout/idle');
  });

  test('Y16 at most a thousand events are kept', () => {
    const kept = Array.from({ length: 999 }, () => ({}) as never);
    const nearly = { ...fresh.instance, kept };
    const next = { ...atDoor('nothing'), stream: 'door/d-1', aggregate: 'door' } as never;
    expect(decide.Receive({ event: next }, nearly, context)).toMatchObject({
      events: [{ type: 'EventKept' }],
    });
    const full = { ...nearly, kept: [...kept, {} as never] };
    expect(decide.Receive({ event: next }, full, context)).toMatchObject({
      decision: 'rejected',
      reason: 'too-many-early-events',
      details: { events: 1_000, eventsMax: 1_000 },
    });
  });

  test('Y16 events are kept up to two megabytes, and a single one of any valid size', () => {
    const large = 'x'.repeat(1_048_500);
    const one = fresh.whenEvent(atDoor(large, 1)).thenRecords(1);
    const [kept] = one.instance.kept;
    expect(kept).toMatchObject({ stream: 'door/d-1', data: { script: large } });
    one.whenEvent(atDoor(large, 2)).thenRefused('too-many-early-events').thenRecords(0);
    const begun = one.whenEvent(starts('nothing'));
    expect(begun.instance).toMatchObject({ kept: [], keptBytes: 0 });
  });
});

describe('an outcome', () => {
  test('is recorded once, for the attempt in flight', () => {
    const sent = begun('send thrice').instance;
    expect(settle(sent, { attempt: 2 })).toMatchObject({ events: [] });
    expect(settle(sent, { effect: 'other' })).toMatchObject({ events: [] });
    const rejected = begun('send thrice').whenSettled('s', 'no').thenRecords(1);
    rejected.whenSettled('s', 'no').thenRecords(0);
    rejected.whenSettled('s').thenRecords(0);
  });

  test('accepted is final', () => {
    const settled = begun('send thrice').whenSettled('s').thenRecords(1).thenTimers();
    expect(settled.instance.open.size).toBe(0);
  });

  test('rejected is retried later, with its own jitter', () => {
    const { instance } = begun('send thrice');
    const at = later(now, withStableJitter(1_000, 'x-1/s/1'));
    const retry = { timer: 'schedule', id: 'retry/s', at, command: 'Retry' };
    expect(settle(instance)).toMatchObject({
      events: [
        {
          type: 'EffectSettled',
          data: {
            effect: 's',
            attempt: 1,
            outcome: 'rejected',
            reason: 'no',
            transition: { effects: [{ effect: 'retry', id: 's', at }] },
          },
        },
      ],
      timers: [{ ...retry, data: { effect: 's', attempt: 1 } }],
    });
  });

  test('finally rejected and not handled needs attention', () => {
    const { instance } = begun('send once');
    const attention = { effect: 'attention', id: 's' };
    expect(transitionOf(settle(instance))).toMatchObject({
      status: 'attention',
      phase: 'running',
      effects: [{ ...attention, reason: 'no' }],
    });
    expect(transitionOf(settle(instance, { reason: null }))).toMatchObject({
      effects: [{ ...attention, reason: 'rejected' }],
    });
  });

  test('after the end is recorded without a call of the definition', () => {
    const sent = begun('send once').whenEvent(says('end')).thenStatus('completed');
    settledOutcomes.length = 0;
    sent.whenSettled('s').thenRecords(1).thenStatus('completed', null);
    sent.whenSettled('s', 'no').thenRecords(1).thenStatus('attention', null);
    expect(settledOutcomes).toEqual([]);
  });
});

describe('Y23 a command that cannot be delivered', () => {
  const undelivered = { outcome: 'undelivered', reason: 'it threw' } as const;
  const led = (instance: SagaInstance, ...decisions: Decision<{ type: string; data: unknown }>[]) =>
    decisions
      .flatMap((decision) => (decision.decision === 'accepted' ? decision.events : []))
      .reduce<unknown>(
        (state, one) => evolve(saga.aggregate, state, one),
        instance,
      ) as SagaInstance;
  const sent = begun('send thrice').instance;
  const stuck = led(sent, settle(sent, undelivered));

  test('needs attention with its reason, without a call of the definition', () => {
    settledOutcomes.length = 0;
    expect(transitionOf(settle(sent, undelivered))).toMatchObject({
      status: 'attention',
      attention: 'it threw',
      effects: [{ effect: 'attention', id: 's', reason: 'it threw', isUndelivered: true }],
    });
    expect(stuck.needing).toEqual(mapOf([['s', 'it threw']]));
    expect(settle(stuck, undelivered)).toMatchObject({ events: [] });
    expect(settledOutcomes).toEqual([]);
  });

  test('keeps its attempt, and so its key, when it is sent again', () => {
    const operated = { effect: 's', reason: 'mended' };
    const again = led(stuck, decide.RetryEffect(operated, stuck, context));
    expect(getEntry(again.open, 's')).toMatchObject({ attempt: 1, left: 2, awaits: 'outcome' });
    expect(again).toMatchObject({ status: 'running', needing: { size: 0 } });
    const rejected = led(again, settle(again));
    expect(getEntry(rejected.open, 's')).toEqual(expect.objectContaining({ awaits: 'retry' }));
    const next = led(rejected, decide.Retry({ effect: 's', attempt: 1 }, rejected, context));
    expect(getEntry(next.open, 's')).toMatchObject({ attempt: 2, left: 1 });
  });

  test('is settled by an outcome that comes late', () => {
    const accepted = led(stuck, settle(stuck, { outcome: 'accepted', reason: null }));
    expect(accepted).toMatchObject({ status: 'running', open: { size: 0 }, needing: { size: 0 } });
    const rejected = led(stuck, settle(stuck));
    const { isUndelivered } = getEntry(rejected.open, 's') ?? {};
    expect({ status: rejected.status, isUndelivered }).toEqual({ status: 'running' });
  });

  test('is expected to have an outcome, where a rejected one is not', () => {
    const ask = (instance: SagaInstance, attempt: number) =>
      decide.AskOpen({ attempts: [{ effect: 's', attempt }] }, instance);
    const open = (...attempts: object[]) => ({ reason: 'open', details: { open: attempts } });
    expect(ask(sent, 1)).toMatchObject(open({ effect: 's', attempt: 1 }));
    expect(ask(stuck, 1)).toMatchObject(open({ effect: 's', attempt: 1 }));
    expect(ask(stuck, 2)).toMatchObject(open());
    expect(ask(led(sent, settle(sent)), 1)).toMatchObject(open());
  });
});

test('Y18 what would start a saga after its end is recorded up to a hundred times', () => {
  const start = (version: number) =>
    ({ ...starts('nothing'), stream: 'desk/d-1', aggregate: 'desk', version }) as never;
  let { instance } = begun('end');
  const receive = (version: number) => {
    const decision = decide.Receive({ event: start(version) }, instance, context);
    const events = decision.decision === 'accepted' ? decision.events : [];
    instance = events.reduce<unknown>(
      (state, one) => evolve(saga.aggregate, state, one),
      instance,
    ) as SagaInstance;
    return events.length;
  };
  expect(receive(1)).toBe(0);
  for (let version = 2; version <= 101; version++) expect(receive(version)).toBe(1);
  expect(receive(101)).toBe(0);
  expect(receive(102)).toBe(0);
  expect(instance).toMatchObject({ status: 'completed', startsAfterEnd: 100 });
});

test('Y21 a saga whose events have the first schema version continues', () => {
  const first = { definition: 3, phase: 'running', status: 'running', reason: null };
  const command = { aggregate: 'desk', id: 'd-1', command: 'Do', data: {} };
  const send = { effect: 'send', id: 's', attempt: 1, left: 0, retryMs: 0, command };
  const received = (version: number, more: object) => ({
    type: 'EventReceived',
    schemaVersion: 1,
    data: { source: 'desk/d-1', version, type: 'Noted', transition: { ...first, ...more } },
  });
  const attention = { ...first, status: 'attention', state: { changed: {} } };
  const folded = fold(saga.aggregate, saga.aggregate.initialState(), [
    received(1, { state: { whole: { a: 1, b: 1 } }, effects: [send] }),
    received(2, { state: { changed: { b: 2 } }, effects: [] }),
    {
      type: 'EffectSettled',
      schemaVersion: 1,
      data: {
        effect: 's',
        attempt: 1,
        outcome: 'rejected',
        reason: 'no',
        transition: { ...attention, effects: [{ effect: 'attention', id: 's', reason: 'no' }] },
      },
    },
  ] as never) as SagaInstance;
  expect(folded).toMatchObject({ status: 'attention', state: { a: 1, b: 2 } });
  const again = decide.RetryEffect({ effect: 's', reason: 'r' }, folded, context);
  expect(transitionOf(again)).toMatchObject({ effects: [{ effect: 'send', attempt: 2 }] });
});

describe('a retry', () => {
  const rejected = begun('send thrice').whenSettled('s', 'no');
  const retry = (instance: SagaInstance, attempt: number, effect = 's') =>
    decide.Retry({ effect, attempt }, instance, context);

  test('sends the same command as the next attempt, and doubles the wait', () => {
    expect(retry(rejected.instance, 1)).toMatchObject({
      events: [
        {
          type: 'EffectRetried',
          data: {
            effect: 's',
            transition: {
              state: {},
              effects: [
                {
                  effect: 'send',
                  id: 's',
                  attempt: 2,
                  left: 1,
                  retryMs: 2_000,
                  command: { aggregate: 'desk', id: 'd-1', command: 'Do', data: {} },
                },
              ],
            },
          },
        },
      ],
    });
  });

  test('that is answered is over', () => {
    const again = rejected
      .whenTimePasses(1_500)
      .thenSends({ s: doing })
      .thenRecords(1)
      .thenTimers();
    expect(sOf(again)).toMatchObject({ attempt: 2, awaits: 'outcome' });
    expect(again.whenSettled('s').thenRecords(1).instance.open.size).toBe(0);
  });

  test('of another attempt, of a command in flight, or of a settled one, does nothing', () => {
    expect(retry(rejected.instance, 2)).toMatchObject({ events: [] });
    expect(retry(rejected.instance, 1, 'other')).toMatchObject({ events: [] });
    expect(retry(begun('send thrice').instance, 1)).toMatchObject({ events: [] });
  });
});

describe('a timeout', () => {
  test('restarts when it is started again', () => {
    const longer = begun('wait').whenEvent(says('wait longer')).thenTimers('timeout/idle');
    longer.whenTimePasses(4_999).thenRecords(0).whenTimePasses(1).thenStatus('failed', 'idle');
  });

  test('that is cancelled and started at once has one timer', () => {
    const received = { ...says('wait again'), stream: 'desk/d-1', aggregate: 'desk', version: 2 };
    const { instance } = begun('wait');
    expect(decide.Receive({ event: received as never }, instance, context)).toMatchObject({
      timers: [{ timer: 'schedule', id: 'timeout/idle', at: later(now, 2_000) }],
    });
  });

  test('that the definition has no word for passes', () => {
    const passed = begun('wait for no word').whenTimePasses(1_000).thenRecords(1).thenTimers();
    expect(passed.thenStatus('running', null).instance.timeouts).toEqual({});
  });

  test('is not set by a reaction that ends its saga', () => {
    begun('wait and end').thenStatus('completed').thenTimers();
    begun('wait').whenEvent(says('wait and end')).thenTimers();
  });

  test('records the time at which it is due', () => {
    const received = {
      ...says('wait'),
      stream: 'desk/d-1',
      aggregate: 'desk',
      version: 2,
    } as never;
    expect(decide.Receive({ event: received }, begun('nothing').instance, context)).toMatchObject({
      events: [
        {
          type: 'EventReceived',
          data: {
            source: 'desk/d-1',
            version: 2,
            type: 'Noted',
            transition: {
              effects: [{ effect: 'start-timeout', name: 'idle', at: later(now, 1_000) }],
            },
          },
        },
      ],
      timers: [
        {
          timer: 'schedule',
          id: 'timeout/idle',
          at: later(now, 1_000),
          command: 'Timeout',
          data: { name: 'idle' },
        },
      ],
    });
  });
});

describe('an operator', () => {
  const waiting = begun('send thrice').whenSettled('s', 'no').thenTimers('retry/s');

  test('gets the open commands when the named one is not open', () => {
    const refused = { decision: 'rejected', reason: 'no-such-effect', details: { open: ['s'] } };
    const data = { effect: 'other', reason: 'r' };
    for (const operation of ['RetryEffect', 'SkipEffect', 'ResolveEffect'] as const) {
      expect(decide[operation](data, waiting.instance, context)).toEqual(refused);
    }
  });

  test('waits for the outcome of a command in flight', () => {
    begun('send thrice')
      .whenOperator('RetryEffect', { effect: 's', reason: 'r' })
      .thenRefused('on-its-way');
  });

  test('gets the end of a saga that cannot be cancelled', () => {
    const { instance } = begun('end');
    expect(decide.Cancel({ reason: 'r' }, instance, context)).toEqual({
      decision: 'rejected',
      reason: 'ended',
      details: { phase: 'completed' },
    });
  });

  test.each([
    ['RetryEffect', 'retry'],
    ['SkipEffect', 'skip'],
    ['ResolveEffect', 'resolve'],
  ] as const)('%s by an operator replaces the retry, and is recorded', (operation, recorded) => {
    const data = { effect: 's', reason: 'r' };
    waiting.whenOperator(operation, data).thenRecords(1).thenTimers();
    expect(decide[operation](data, waiting.instance, context)).toMatchObject({
      events: [{ type: 'Operated', data: { ...data, operation: recorded, actor: 'ann' } }],
      timers: [{ timer: 'cancel', id: 'retry/s' }],
    });
  });

  test('a cancellation is recorded with its operator', () => {
    const { instance } = begun('nothing');
    expect(decide.Cancel({ reason: 'r' }, instance, context)).toMatchObject({
      events: [
        {
          type: 'Operated',
          data: {
            operation: 'cancel',
            effect: null,
            reason: 'r',
            actor: 'ann',
            transition: { phase: 'failed', reason: 'r' },
          },
        },
      ],
    });
  });

  test('a retry gives the command one more attempt', () => {
    const again = waiting.whenOperator('RetryEffect', { effect: 's', reason: 'r' });
    again.thenSends({ s: doing });
    expect(sOf(again)).toMatchObject({ attempt: 2, left: 0, awaits: 'outcome' });
  });

  test('is passed to the definition', () => {
    settledOutcomes.length = 0;
    waiting.whenOperator('SkipEffect', { effect: 's', reason: 'r' });
    const resolved = waiting.whenOperator('ResolveEffect', { effect: 's', reason: 'q' });
    resolved.thenStatus('completed', null);
    expect(settledOutcomes).toEqual([
      { effect: 's', outcome: 'skipped', reason: 'r' },
      { effect: 's', outcome: 'resolved', reason: 'q' },
    ]);
  });
});

describe('the recorded state', () => {
  const recorded = (before: string, after: string) => {
    const received = { ...says(after), stream: 'desk/d-1', aggregate: 'desk', version: 2 } as never;
    return transitionOf(decide.Receive({ event: received }, begun(before).instance, context));
  };

  test.each([
    ['nothing', 'nothing', {}],
    ['nothing', 'change b', { changed: { b: { to: 2 } } }],
    ['nothing', 'add c', { changed: { c: { to: 1 } } }],
    ['nothing', 'leave b out', { removed: ['b'] }],
    ['list', 'longer list', { splice: { at: 1, removed: 0, added: [2] } }],
    ['nothing', 'list', { to: [1] }],
    ['list', 'nothing', { to: { a: 1, b: 1 } }],
    ['nothing', 'text', { to: 'text' }],
    ['text', 'nothing', { to: { a: 1, b: 1 } }],
    ['text', 'text', {}],
    ['nothing', 'null', { to: null }],
    ['null', 'nothing', { to: { a: 1, b: 1 } }],
  ])('from %s to %s', (before, after, state) => {
    expect(recorded(before, after)).toMatchObject({ definition: 3 });
    expect(recorded(before, after)).toHaveProperty('state', state);
    const instance = begun(before).whenEvent(says(after)).instance;
    expect(instance.state).toEqual(scripts[after]?.state);
  });
});

test('of several phases that a reaction enters the last one counts', () => {
  begun('turn and end').thenStatus('failed', 'last');
});
