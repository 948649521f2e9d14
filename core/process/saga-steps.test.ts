import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import { givenSaga, type SagaStory } from '../testing/index.ts';
import { command } from './reactor.ts';
import { action, type SagaStep } from './saga-step.ts';
import { defineSteps } from './saga-steps.ts';

const noted = event(z.strictObject({}));
const desk = defineAggregate({
  name: 'desk',
  events: { Asked: noted, Came: noted, Broke: noted, Withdrawn: noted },
  commands: { Do: z.strictObject({ what: z.string() }) },
  initialState: () => null,
  evolve: { Asked: () => null, Came: () => null, Broke: () => null, Withdrawn: () => null },
  decide: { Do: () => accept() },
});
const door = defineAggregate({ ...desk, name: 'door' });

const asks = (what: string) => command(desk, 'd-1', 'Do', { what });
const does = (what: string) => action(asks(what), { compensation: asks(`undo ${what}`) });

const toOne = () => 'a-1';
const correlate = {
  desk: { Asked: toOne, Came: toOne, Broke: toOne, Withdrawn: toOne },
  door: { Came: toOne },
};

type Steps = readonly SagaStep<unknown, typeof correlate>[];

type Afterwards = (data: unknown, reason: string) => ReturnType<typeof asks>[];

function asking(steps: Steps, more: { afterCompensation?: Afterwards } = {}) {
  return defineSteps({
    name: 'asking',
    version: 1,
    from: [desk, door],
    correlate,
    startedBy: { desk: { Asked: () => ({}) } },
    steps,
    cancelledBy: { desk: { Withdrawn: () => 'withdrawn' } },
    ...more,
  });
}

const happens = <Type extends keyof typeof desk.events>(type: Type) =>
  ({ aggregate: desk, id: 'd-1', type, data: {} }) as const;
const begun = (steps: Steps, more = {}) =>
  givenSaga(asking(steps, more), 'a-1').whenEvent(happens('Asked'));
const sends = (effect: string, what: string) => ({ [effect]: asks(what) });

const take = { name: 'take', commands: () => [does('one'), does('two')] };
const waits = {
  name: 'wait',
  commands: () => [does('wait')],
  endsOn: { desk: { Came: 'done', Broke: 'failed' } },
  timeoutMs: 1_000,
} as const;
const give = { name: 'give', commands: () => [action(asks('give'))] };
const point = { ...give, name: 'point', isPivot: true } as const;

const taken = (story: SagaStory) => story.whenSettled('take/0').whenSettled('take/1');

const context = { now: '2026-01-01T00:00:00.000Z', id: 'a-1' } as never;

describe('steps', () => {
  test('follow one another, each when all commands of the one before are settled', () => {
    const first = begun([take, give]);
    first.thenSends({ ...sends('take/0', 'one'), ...sends('take/1', 'two') }).thenTimers();
    const half = first.whenSettled('take/1').thenSends().thenStatus('running', null);
    half
      .whenSettled('take/0')
      .thenSends(sends('give/0', 'give'))
      .whenSettled('give/0')
      .thenSends()
      .thenStatus('completed', null);
  });

  test('without a timeout have none to cancel', () => {
    const { aggregate } = asking([take, give]);
    const last = { effect: 'take/1', attempt: 1, outcome: 'accepted', reason: null } as const;
    const { instance } = begun([take, give]).whenSettled('take/0');
    expect(aggregate.decide.Settle(last, instance, context)).toMatchObject({
      events: [{ data: { transition: { effects: [{ effect: 'send', id: 'give/0' }] } } }],
    });
  });

  test('that want nothing are passed at once', () => {
    begun([{ name: 'empty', commands: () => [] }, give]).thenSends(sends('give/0', 'give'));
    begun([]).thenStatus('completed', null);
  });

  test('are not begun by the event that cannot begin them', () => {
    givenSaga(asking([give]), 'a-1')
      .whenEvent(happens('Came'))
      .thenRecords(0);
  });

  test('wait for their event, and no longer', () => {
    const waiting = taken(begun([take, waits, give])).thenTimers('timeout/wait');
    const asked = waiting.whenSettled('wait/0').thenSends().thenTimers('timeout/wait');
    asked.whenEvent(happens('Came')).thenSends(sends('give/0', 'give')).thenTimers();
    asked.whenEvent(happens('Broke')).thenStatus('compensating', 'failure of wait').thenTimers();
    asked.whenTimePasses(1_000).thenStatus('compensating', 'timeout of wait').thenTimers();
  });

  test('need not wait for events that arrived before their turn', () => {
    const early = begun([take, waits, give]).whenEvent(happens('Came')).thenSends().thenRecords(1);
    taken(early)
      .thenSends(sends('wait/0', 'wait'))
      .whenSettled('wait/0')
      .thenSends(sends('give/0', 'give'));
  });

  test('take the first result', () => {
    const failed = begun([take, waits, give]).whenEvent(happens('Broke'));
    const both = taken(failed.whenEvent(happens('Came')).thenSends());
    both.whenSettled('wait/0').thenStatus('compensating', 'failure of wait');
  });

  test('fail with the first rejection, unless they have a retry policy', () => {
    begun([give]).whenSettled('give/0', 'no').thenStatus('compensated', 'no').thenSends();
    const retry = { attempts: 2, afterMs: 1_000 };
    const rejected = begun([{ ...give, retry }]).whenSettled('give/0', 'no');
    rejected.thenStatus('running').thenTimers('retry/give/0');
    rejected.whenTimePasses(1_500).thenSends(sends('give/0', 'give'));
    rejected.whenTimePasses(1_500).whenSettled('give/0', 'no').thenStatus('compensated', 'no');
  });

  test('take a no without a reason as one', () => {
    const { aggregate } = asking([give]);
    const { instance } = begun([give]);
    const no = { effect: 'give/0', attempt: 1, outcome: 'rejected', reason: null } as const;
    expect(aggregate.decide.Settle(no, instance, context)).toMatchObject({
      events: [{ data: { transition: { phase: 'compensated', reason: 'rejected' } } }],
    });
  });
});

describe('stopped, a saga', () => {
  test('compensates in reverse order, and then sends the commands after compensation', () => {
    const afterCompensation: Afterwards = (_data, reason) => [asks('tidy'), asks(reason)];
    const stopped = taken(begun([take, waits, give], { afterCompensation }))
      .whenSettled('wait/0')
      .whenEvent(happens('Withdrawn'));
    const undone = stopped
      .thenSends(sends('wait/0/undo', 'undo wait'))
      .whenSettled('wait/0/undo')
      .thenSends({
        ...sends('take/0/undo', 'undo one'),
        ...sends('take/1/undo', 'undo two'),
      });
    const tidying = undone.whenSettled('take/0/undo').thenSends().whenSettled('take/1/undo');
    tidying
      .thenSends({ ...sends('afterwards/0', 'tidy'), ...sends('afterwards/1', 'withdrawn') })
      .whenSettled('afterwards/0')
      .thenStatus('compensating', 'withdrawn')
      .whenSettled('afterwards/1')
      .thenStatus('compensated', 'withdrawn');
  });

  test('waits for commands in flight, and is not stopped twice', () => {
    const stopping = begun([take, give]).whenSettled('take/0', 'no');
    stopping.thenSends().thenStatus('compensating', 'no');
    stopping.whenEvent(happens('Withdrawn')).thenSends().thenStatus('compensating', 'no');
    stopping.whenSettled('take/1', 'neither').thenStatus('compensated', 'no').thenSends();
  });

  test('takes back nothing that has no way back, and nothing that was skipped', () => {
    const mixed = {
      name: 'mixed',
      commands: () => [action(asks('plain')), does('one'), does('two')],
    };
    begun([mixed])
      .whenOperator('SkipEffect', { effect: 'mixed/1', reason: 'not needed' })
      .whenOperator('ResolveEffect', { effect: 'mixed/2', reason: 'done by hand' })
      .whenSettled('mixed/0', 'no')
      .thenSends(sends('mixed/2/undo', 'undo two'));
  });

  test('has a step that was only skipped behind it, not against it', () => {
    begun([take, give])
      .whenOperator('SkipEffect', { effect: 'take/0', reason: 'not needed' })
      .whenSettled('take/1')
      .thenSends(sends('give/0', 'give'))
      .thenStatus('running', null);
  });

  test('asks for attention when a way back is rejected', () => {
    const undoing = taken(begun([take, give])).whenSettled('give/0', 'no');
    const again = [1, 2, 3, 4, 5].reduce(
      (story) => story.whenSettled('take/0/undo', 'closed').whenTimePasses(60_000),
      undoing,
    );
    again.whenSettled('take/0/undo', 'closed').thenStatus('attention', 'no').thenTimers();
    for (const [reason, said] of [
      ['closed', 'closed'],
      [null, 'rejected'],
    ] as const) {
      const last = { effect: 'take/0/undo', attempt: 6, outcome: 'rejected', reason } as const;
      const { aggregate } = asking([take, give]);
      expect(aggregate.decide.Settle(last, again.instance, context)).toMatchObject({
        events: [{ data: { transition: { effects: [{ id: last.effect, reason: said }] } } }],
      });
    }
    undoing.whenSettled('take/0/undo', 'closed').thenStatus('compensating').thenRecords(1);
  });
});

describe('the step without return', () => {
  const atPoint = taken(begun([take, point, give]));

  test('fails with the first rejection, and everything is compensated', () => {
    atPoint
      .thenSends(sends('point/0', 'give'))
      .whenSettled('point/0', 'no')
      .thenStatus('compensating', 'no')
      .thenSends({
        ...sends('take/0/undo', 'undo one'),
        ...sends('take/1/undo', 'undo two'),
      });
  });

  test('wins when it is done, though something was refused before it', () => {
    const skipped = begun([take, point, give])
      .whenOperator('SkipEffect', { effect: 'take/0', reason: 'not needed' })
      .whenSettled('take/1')
      .whenEvent(happens('Withdrawn'))
      .thenStatus('compensating', 'withdrawn');
    skipped
      .whenSettled('point/0')
      .thenStatus('running', null)
      .thenSends(sends('give/0', 'give'))
      .whenSettled('give/0')
      .thenStatus('completed', null);
  });

  test('has nothing after it that could stop', () => {
    const giving = atPoint.whenSettled('point/0').thenSends(sends('give/0', 'give'));
    giving.whenEvent(happens('Withdrawn')).thenSends().thenStatus('running', null);
    giving.whenOperator('Cancel', { reason: 'x' }).thenRefused('cannot-be-cancelled');
    giving.whenSettled('give/0', 'no').thenTimers('retry/give/0').thenStatus('running', null);
  });

  test('is refused though not everything before it was', () => {
    begun([take, point, give])
      .whenOperator('SkipEffect', { effect: 'take/0', reason: 'not needed' })
      .whenSettled('take/1')
      .whenEvent(happens('Withdrawn'))
      .whenSettled('point/0', 'no')
      .thenStatus('compensating', 'withdrawn')
      .thenSends(sends('take/1/undo', 'undo two'));
  });

  test('may be the first', () => {
    const giving = begun([point, give]).whenSettled('point/0');
    giving.whenSettled('give/0', 'no').thenTimers('retry/give/0').thenStatus('running', null);
  });

  test('needs attention when a later step is rejected too often', () => {
    const giving = atPoint.whenSettled('point/0');
    const often = [1, 2, 3, 4, 5].reduce(
      (story) => story.whenSettled('give/0', 'no').whenTimePasses(60_000),
      giving,
    );
    often.whenSettled('give/0', 'no').thenStatus('attention', null);
  });

  test('can be stopped until it is decided, and a step before it like any other', () => {
    atPoint.whenOperator('Cancel', { reason: 'x' }).thenStatus('compensating', 'x').thenSends();
    const rejected = begun([take, point]).whenSettled('take/0', 'no').thenTimers();
    rejected.whenSettled('take/1').thenSends(sends('take/1/undo', 'undo two'));
  });
});

describe('steps are refused', () => {
  test('of one name', () => {
    expect(() => asking([take, take])).toThrow('Two steps have the same name.');
  });

  test('that could time out or fail where there is no way back', () => {
    const { endsOn, timeoutMs } = waits;
    const message = 'has no way back';
    for (const late of [{ endsOn }, { timeoutMs }]) {
      expect(() => asking([{ ...point, ...late }])).toThrow(`point ${message}`);
      expect(() => asking([point, { ...give, ...late }])).toThrow(`give ${message}`);
      expect(() => asking([{ ...give, ...late }, point])).not.toThrow();
      expect(() => asking([take, { ...give, ...late }])).not.toThrow();
    }
  });

  test('that wait for one event twice, but not for one of the same name elsewhere', () => {
    const { endsOn } = waits;
    const twice = 'Came of desk is waited for twice.';
    expect(() => asking([waits, { ...give, endsOn }])).toThrow(twice);
    const withdrawn = { desk: { Withdrawn: 'failed' } } as const;
    expect(() => asking([{ ...give, endsOn: withdrawn }])).toThrow('Withdrawn of desk is waited');
    const elsewhere = { door: { Came: 'done' } } as const;
    expect(() => asking([waits, { ...give, endsOn: elsewhere }])).not.toThrow();
  });
});

test('a new version of the steps leaves running sagas to the one before it', () => {
  const previous = asking([take]);
  const definition = {
    name: 'asking',
    from: [desk],
    correlate: { desk: { Asked: () => 'a-1' } },
    startedBy: { desk: { Asked: () => ({}) } },
    steps: [give],
  } as const;
  const newer = defineSteps({ ...definition, version: 2, previous });
  expect(newer.logics.map(({ version }) => version)).toEqual([2, 1]);
  expect(defineSteps({ ...definition, version: 1 }).logics).toHaveLength(1);
});
