import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { account, accounts } from '../../test/controls/account.ts';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept, cancel, later, schedule } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import { fail as failed, proceed, startTimeout } from '../process/effect.ts';
import { defineSaga } from '../process/saga.ts';
import { given, givenSaga, project, TEST_MOMENT } from './index.ts';

const open = {
  type: 'AccountOpened',
  data: { owner: 'ann', reference: '00000000-0000-7000-8000-000000000001' },
} as const;

const deposited = (cents: number) =>
  ({ type: 'Deposited', data: { cents, currency: 'EUR' } }) as const;

describe('given, when, then', () => {
  test('an accepted command answers its events, with what the schema fills in', () => {
    given(account, [open])
      .when('Deposit', { cents: 500 })
      .then([deposited(500)]);
  });

  test('a rejected one its reason, and its details if expected', () => {
    const withdrawing = given(account, [open, deposited(500)]).when('Withdraw', { cents: 700 });
    withdrawing.thenRejected('not-enough');
    withdrawing.thenRejected('not-enough', { cents: 500 });
    expect(() => withdrawing.thenRejected('not-enough', { cents: 501 })).toThrow('501');
  });

  test('events lead to a state', () => {
    given(account).thenState({ status: 'none' });
    given(account, [open, deposited(500), { type: 'Withdrawn', data: { cents: 200 } }]).thenState({
      status: 'open',
      owner: 'ann',
      cents: 300,
    });
  });

  test('one command follows another', () => {
    given(account)
      .when('OpenAccount', { owner: 'ann' })
      .when('Deposit', { cents: 500 })
      .thenState({ status: 'open', owner: 'ann', cents: 500 });
  });

  test('nothing follows a command that was rejected', () => {
    const rejected = given(account).when('Deposit', { cents: 500 });
    expect(() => rejected.when('Deposit', { cents: 500 })).toThrow(
      /Deposit was not accepted.*not-open/s,
    );
    expect(() => rejected.thenState({ status: 'none' })).toThrow(/Deposit was not accepted/);
  });

  test('an event of an older schema version is lifted', () => {
    given(account, [
      open,
      { type: 'Deposited', schemaVersion: 1, data: { euros: 1.15 } },
    ]).thenState({
      status: 'open',
      owner: 'ann',
      cents: 115,
    });
  });
});

describe('a failed expectation', () => {
  const depositing = given(account, [open]).when('Deposit', { cents: 500 });

  test('other events are shown line by line', () => {
    expect(() => depositing.then([deposited(501)])).toThrow(
      [
        'Deposit (- expected, + actual)',
        '  {',
        '    "accepted": [',
        '      {',
        '        "data": {',
        '-         "cents": 501,',
        '+         "cents": 500,',
        '          "currency": "EUR"',
        '        },',
        '        "type": "Deposited"',
        '      }',
        '    ]',
        '  }',
      ].join('\n'),
    );
  });

  test.each([
    ['events that are too few', () => depositing.then([])],
    ['events that are too many', () => depositing.then([deposited(500), deposited(500)])],
    ['nothing', () => depositing.thenNothing()],
    ['a rejection', () => depositing.thenRejected('not-open')],
    ['another state', () => depositing.thenState({ status: 'none' })],
    [
      'another reason',
      () => given(account).when('Withdraw', { cents: 1 }).thenRejected('not-enough'),
    ],
    ['events of a rejected command', () => given(account).when('Withdraw', { cents: 1 }).then([])],
  ])('%s', (_title, unexpected) => {
    expect(unexpected).toThrow('(- expected, + actual)');
  });

  test('states whose JSON is equal are distinguished', () => {
    const odd = defineAggregate({
      name: 'odd',
      events: {},
      commands: {},
      initialState: () => ({ seen: new Set([1]), names: new Map([['a', 1n]]), share: Number.NaN }),
      evolve: {},
      decide: {},
    });
    const state = odd.initialState();
    given(odd).thenState(state);
    expect(() => given(odd).thenState({ ...state, seen: new Set([2]) })).toThrow('Set');
    expect(() => given(odd).thenState({ ...state, names: new Map([['a', 2n]]) })).toThrow('Map');
    expect(() => given(odd).thenState({ ...state, share: 0 })).toThrow('NaN');
  });
});

describe('what the runtime would refuse', () => {
  test('a command that its schema refuses', () => {
    expect(() => given(account, [open]).when('Deposit', { cents: 0.5 })).toThrow(
      /Deposit is refused by its schema. cents: /,
    );
  });

  test('a past event that its schema refuses', () => {
    expect(() => given(account, [deposited(-1)])).toThrow(/Deposited.*cents/);
  });

  test('an event of a schema version that is not there yet', () => {
    const future = { type: 'Deposited', schemaVersion: 4, data: {} } as const;
    expect(() => given(account, [future])).toThrow(/schema version 4/);
  });

  test('a decided event that its schema refuses, or that evolve cannot take', () => {
    expect(() => given(careless).when('DecideWrongly', {})).toThrow(/Counted.*schema refuses/);
    expect(() => given(careless).when('BreakEvolve', {})).toThrow('cannot take 13');
  });

  test('a decide or an evolve that mutates its input', () => {
    expect(() => given(careless).when('ChangeState', {})).toThrow(TypeError);
    expect(() => given(careless).when('ChangeCommand', { list: [] })).toThrow(TypeError);
    expect(() => given(careless).when('ChangeInEvolve', {})).toThrow(TypeError);
    const fresh = given(careless, [{ type: 'Counted', data: { by: 0 } }]);
    expect(() => fresh.when('ChangeInEvolve', {})).toThrow(TypeError);
  });
});

const careless = defineAggregate({
  name: 'careless',
  events: { Counted: event(z.strictObject({ by: z.int() })) },
  commands: {
    DecideWrongly: z.strictObject({}),
    BreakEvolve: z.strictObject({}),
    ChangeState: z.strictObject({}),
    ChangeCommand: z.strictObject({ list: z.array(z.int()) }),
    ChangeInEvolve: z.strictObject({}),
  },
  initialState: () => ({ counts: [0] }),
  evolve: {
    Counted: (state, { data: { by } }) => {
      if (by === 13) throw new Error('cannot take 13');
      if (by === 0) return { counts: [] };
      state.counts.push(by);
      return state;
    },
  },
  decide: {
    DecideWrongly: () => accept({ type: 'Counted', data: { by: 0.5 } }),
    BreakEvolve: () => accept({ type: 'Counted', data: { by: 13 } }),
    ChangeState: (_command, state) => {
      state.counts.push(1);
      return accept();
    },
    ChangeCommand: ({ list }) => {
      list.push(1);
      return accept();
    },
    ChangeInEvolve: () => accept({ type: 'Counted', data: { by: 1 } }),
  },
});

describe('timers', () => {
  const expiring = defineAggregate({
    name: 'expiring',
    events: { Held: event(z.strictObject({})) },
    commands: {
      Hold: z.strictObject({ minutes: z.int() }),
      Extend: z.strictObject({}),
      Expire: z.strictObject({ because: z.string() }),
      ScheduleWrongly: z.strictObject({}),
    },
    initialState: () => null,
    evolve: { Held: () => null },
    decide: {
      Hold: ({ minutes }, _state, { now }) =>
        accept({ type: 'Held', data: {} }).with(expiry(later(now, minutes * 60_000))),
      Extend: () => accept().with(cancel('expiry')),
      Expire: () => accept(),
      ScheduleWrongly: () =>
        accept().with(
          schedule('expiry', { at: 'soon', command: 'Expire', data: { because: 'wrong' } }),
        ),
    },
  });
  const expiry = (at: string) =>
    schedule('expiry', { at, command: 'Expire', data: { because: 'time' } });

  test('belong to what happens then', () => {
    const holding = given(expiring).when('Hold', { minutes: 15 });
    const held = { type: 'Held', data: {} } as const;
    holding.then([held], [expiry('2026-01-01T00:15:00.000Z')]);
    expect(() => holding.then([held])).toThrow('expiry');
    expect(() => holding.then([held], [expiry('2026-01-01T00:16:00.000Z')])).toThrow('00:16');
  });

  test('are something that happens', () => {
    const extending = given(expiring).when('Extend', {});
    extending.then([], [cancel('expiry')]);
    expect(() => extending.thenNothing()).toThrow('cancel');
  });

  test('M17 happen at a time with its zone', () => {
    const hold = (now: string) => given(expiring).when('Hold', { minutes: 15 }, { now });
    const held = { type: 'Held', data: {} } as const;
    hold('2026-01-01T01:00:00+01:00').then([held], [expiry('2026-01-01T00:15:00.000Z')]);
    for (const now of ['0', '2026-02-31T00:00:00Z', '2026-01-01T00:00:00']) {
      expect(() => hold(now)).toThrow('is no time');
    }
  });

  test('are checked like the commands that they are', () => {
    expect(() => given(expiring).when('ScheduleWrongly', {})).toThrow('cannot schedule Expire');
  });
});

describe('the timers of a saga', () => {
  const timeouts = [startTimeout('first', 60_000), startTimeout('second', 60_000)];
  const waiting = defineSaga({
    name: 'waiting',
    version: 1,
    from: [account],
    initialState: () => ({ passes: 0 }),
    correlate: { account: { AccountOpened: ({ aggregateId }) => aggregateId } },
    startedBy: { account: { AccountOpened: (_event, state) => proceed(state, ...timeouts) } },
    timeouts: {
      first: ({ passes }) => proceed({ passes: passes + 1 }, startTimeout('first', 0)),
      second: (state) => proceed(state, failed('the second has passed')),
    },
  });
  const opened = () =>
    givenSaga(waiting, 'a-1').whenEvent({
      aggregate: account,
      id: 'a-1',
      type: 'AccountOpened',
      data: { owner: 'ann', reference: 'r' },
    });

  test('M18 fire in the order of the object: by time, then by id', () => {
    const after = opened().whenTimePasses(60_000);
    after.thenStatus('failed', 'the second has passed');
    expect(after.instance.state).toEqual({ passes: 1 });
    after.thenTimers();
  });

  test('M14 are at least a second apart where a timeout starts itself again', () => {
    const repeating = defineSaga({
      name: 'repeating',
      version: 1,
      from: [account],
      initialState: () => ({ passes: 0 }),
      correlate: { account: { AccountOpened: ({ aggregateId }) => aggregateId } },
      startedBy: {
        account: { AccountOpened: (_event, state) => proceed(state, startTimeout('first', 0)) },
      },
      timeouts: {
        first: ({ passes }) => proceed({ passes: passes + 1 }, startTimeout('first', 0)),
      },
    });
    const data = { owner: 'ann', reference: 'r' };
    const after = givenSaga(repeating, 'a-1')
      .whenEvent({ aggregate: account, id: 'a-1', type: 'AccountOpened', data })
      .whenTimePasses(10_000);
    expect(after.instance.state).toEqual({ passes: 11 });
    after.thenTimers('timeout/first');
  });
});

describe('the context', () => {
  const curious = defineAggregate({
    name: 'curious',
    events: { Seen: event(z.record(z.string(), z.unknown())) },
    commands: { Look: z.strictObject({}) },
    initialState: () => null,
    evolve: { Seen: () => null },
    decide: {
      Look: (_command, _state, { newId, ...context }) =>
        accept({ type: 'Seen', data: { ...context, ids: [newId(), newId()] } }),
    },
  });
  const usual = {
    tenant: 'main',
    id: 'curious-1',
    actor: 'tester',
    now: TEST_MOMENT,
    occurredAt: TEST_MOMENT,
    version: 0,
    ids: ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'],
  };

  test('has a fixed time and consecutive ids', () => {
    given(curious)
      .when('Look', {})
      .then([{ type: 'Seen', data: usual }]);
    expect(usual.ids.every((id) => z.uuidv7().safeParse(id).success)).toBe(true);
  });

  test('is at the version of the events before, and counts on', () => {
    const ids = ['00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000004'];
    given(curious)
      .when('Look', {})
      .when('Look', {})
      .then([{ type: 'Seen', data: { ...usual, version: 1, ids } }]);
  });

  test('comes from the test', () => {
    const said = {
      tenant: 't-1',
      id: 'c-1',
      actor: 'ann',
      now: '2026-05-04T00:00:00.000Z',
      occurredAt: '2020-01-01T00:00:00.000Z',
    };
    given(curious)
      .when('Look', {}, said)
      .then([{ type: 'Seen', data: { ...usual, ...said } }]);
  });

  test('events occur now by default', () => {
    const now = '2026-05-04T00:00:00.000Z';
    const data = { ...usual, now, occurredAt: now };
    given(curious)
      .when('Look', {}, { now })
      .then([{ type: 'Seen', data }]);
  });
});

describe('project', () => {
  const of = (id: string) => ({ aggregate: account, id }) as const;

  test('answers the rows of every table in the order of their keys', () => {
    const rows = project(accounts, [
      { ...of('b'), ...open },
      { ...of('a'), ...open },
      { ...of('b'), ...deposited(500), occurredAt: '2026-05-05T00:00:00.000Z' },
      { ...of('a'), ...deposited(200), occurredAt: '2026-05-04T00:00:00.000Z' },
    ]);
    expect(rows).toEqual({
      balances: [
        { account: 'a', owner: 'ann', cents: 200, lastDeposit: 200 },
        { account: 'b', owner: 'ann', cents: 500, lastDeposit: 500 },
      ],
      currencies: [{ currency: 'EUR', cents: 700, firstDay: '2026-05-04' }],
    });
  });

  test('lifts events of older schema versions', () => {
    const { balances } = project(accounts, [
      { ...of('a'), ...open },
      { ...of('a'), type: 'Deposited', schemaVersion: 1, data: { euros: 2 } },
    ]);
    expect(balances).toMatchObject([{ cents: 200 }]);
  });

  test('is as strict as the database', () => {
    const twice = { ...of('a'), ...open };
    expect(() => project(accounts, [twice, twice])).toThrow(
      'balances a is inserted, but it exists',
    );
  });

  test('refuses an event that its schema refuses', () => {
    expect(() => project(accounts, [{ ...of('a'), ...deposited(0) }])).toThrow(/Deposited.*cents/);
  });
});

describe('TY15 a decision', () => {
  const opening = given(account).when('OpenAccount', { owner: 'Ann' });
  const reference = '00000000-0000-7000-8000-000000000001';
  const openedEvent = { type: 'AccountOpened', data: { owner: 'Ann', reference } } as const;

  test('is followed by the next command, also after a rejection', () => {
    opening
      .then([openedEvent])
      .when('Withdraw', { cents: 5 })
      .thenRejected('not-enough', { cents: 0 })
      .thenState({ status: 'open', owner: 'Ann', cents: 0 })
      .when('Deposit', { cents: 5, currency: 'EUR' })
      .then([{ type: 'Deposited', data: { cents: 5, currency: 'EUR' } }])
      .thenState({ status: 'open', owner: 'Ann', cents: 5 });
  });

  test('is not a promise, and await throws an explanation', async () => {
    // @ts-expect-error: to await it does not compile
    const awaited = async () => await given(account).when('OpenAccount', { owner: 'Ann' });
    await expect(awaited()).rejects.toThrow('What OpenAccount decided is no promise');
    expect(await opening.then([openedEvent])).not.toHaveProperty('then');
  });
});
