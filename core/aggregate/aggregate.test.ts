import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { account } from '../../test/controls/account.ts';
import { deposited, opened, storedEvent, withdrawn } from '../../test/controls/stored-events.ts';
import { checkEvents, checkTimers, defineAggregate, evolve, fold } from './aggregate.ts';
import { accept, cancel, schedule } from './decision.ts';
import { event, UnknownEvent } from './event.ts';

const stream = 'account/a-1';

describe('folding', () => {
  test('goes from event to event, oldest first', () => {
    const events = [opened(stream), deposited(stream, 2, 500), withdrawn(stream, 3, 200)];
    const state = { status: 'open', owner: 'ann', cents: 300 };
    expect(fold(account, account.initialState(), events)).toEqual(state);
  });

  test('goes on from any state', () => {
    const [first, ...others] = [
      opened(stream),
      deposited(stream, 2, 500),
      withdrawn(stream, 3, 200),
    ];
    const middle = fold(account, account.initialState(), [first]);
    const whole = fold(account, account.initialState(), [first, ...others]);
    expect(fold(account, middle, others)).toEqual(whole);
  });

  test('lifts older events', () => {
    const old = storedEvent({
      stream,
      version: 2,
      type: 'Deposited',
      schemaVersion: 2,
      data: { cents: 70 },
    });
    const state = fold(account, account.initialState(), [opened(stream), old]);
    expect(state).toMatchObject({ cents: 70 });
  });

  test('stops at an event that the code does not know', () => {
    const unknown = storedEvent({ stream, version: 1, type: 'Vanished', data: {} });
    expect(() => fold(account, account.initialState(), [unknown])).toThrow(UnknownEvent);
    expect(() => evolve(account, account.initialState(), unknown)).toThrow(
      'account has no evolve for Vanished.',
    );
  });
});

describe('decided events', () => {
  test('have the output of their newest schema', () => {
    const data = { cents: 500, currency: 'EUR' };
    const text = JSON.stringify(data);
    expect(checkEvents(account, accept({ type: 'Deposited', data }))).toEqual([
      { type: 'Deposited', schemaVersion: 3, data, text, bytes: text.length + 300 },
    ]);
    expect(checkEvents(account, accept())).toEqual([]);
  });

  test.each([
    ['that the schema refuses, naming the places', 'Deposited', { cents: -1 }, /cents, currency/],
    ['that the schema refuses as a whole', 'Deposited', null, /\(root\)/],
    ['with more than the schema knows', 'Withdrawn', { cents: 1, note: '' }, /refuses/],
    ['in an older version', 'Deposited', { cents: 1 }, /currency/],
    ['of another aggregate', 'OrderPlaced', {}, /not one of its events/],
    ['named like what every object has', 'constructor', {}, /not one of its events/],
  ])('%s are a bug', (_title, type, data, message) => {
    expect(() => checkEvents(account, accept({ type, data }))).toThrow(message);
  });

  test('contain none of the data, which may be personal', () => {
    const data = { owner: 'Ann Secret', reference: 7 };
    const check = () => checkEvents(account, accept({ type: 'AccountOpened', data }));
    expect(check).toThrow(expect.objectContaining({ message: expect.not.stringContaining('Ann') }));
  });
});

test('a place that the schema refuses is named with the way to it', () => {
  const lines = z.array(z.strictObject({ quantity: z.int() }));
  const counted = defineAggregate({
    name: 'counted',
    events: { Counted: event(z.strictObject({ lines })) },
    commands: {},
    initialState: () => null,
    evolve: { Counted: () => null },
    decide: {},
  });
  const accepted = accept({ type: 'Counted', data: { lines: [{ quantity: 'x' }] } });
  expect(() => checkEvents(counted, accepted)).toThrow('at lines.0.quantity.');
});

describe('what cannot be stored', () => {
  const noted = defineAggregate({
    name: 'noted',
    events: { Noted: event(z.unknown()) },
    commands: {},
    initialState: () => null,
    evolve: { Noted: () => null },
    decide: {},
  });
  const note = (data: unknown) => checkEvents(noted, accept({ type: 'Noted', data }));
  /** As JSON it has two quotes around it. */
  const text = (bytes: number) => 'x'.repeat(bytes - 2);

  test.each([
    ['x', 262_142],
    ['é', 131_071],
    ['€', 87_380],
    ['💸', 65_535],
  ])('is an event that is too large, in bytes: of %s, more than %i', (character, most) => {
    expect(note(character.repeat(most))).toHaveLength(1);
    expect(note(character.repeat(most + 1))).toEqual({
      outcome: 'too-large',
      what: 'event Noted',
      limitBytes: 262_144,
    });
  });

  test('is as large as the aggregate says, to a limit of ours', () => {
    const large = { ...noted, eventBytesMax: 9_999_999 };
    expect(checkEvents(large, accept({ type: 'Noted', data: text(1_048_576) }))).toHaveLength(1);
    expect(checkEvents(large, accept({ type: 'Noted', data: text(1_048_577) }))).toMatchObject({
      limitBytes: 1_048_576,
    });
    const small = { ...noted, eventBytesMax: 10 };
    expect(checkEvents(small, accept({ type: 'Noted', data: text(11) }))).toMatchObject({
      limitBytes: 10,
    });
  });

  test('L5 is a command whose events together exceed a response', () => {
    const large = { ...noted, eventBytesMax: 1_048_576 };
    const note = (bytes: number) => ({ type: 'Noted', data: text(bytes - 300) });
    const decide = (...sizes: number[]) => checkEvents(large, accept(...sizes.map(note)));
    expect(decide(1_000_000, 1_000_000, 1_000_000, 1_000_000)).toHaveLength(4);
    expect(decide(1_000_000, 1_000_000, 1_000_000, 1_000_001)).toEqual({
      outcome: 'too-large',
      what: 'events of one command',
      limitBytes: 4_000_000,
    });
    expect(
      checkEvents(noted, accept(...Array.from({ length: 10_000 }, () => note(400)))),
    ).toHaveLength(10_000);
  });

  test('is what JSON cannot hold', () => {
    for (const data of [new Date(0), undefined, { at: undefined }, Number.NaN, new Map()]) {
      expect(() => note(data)).toThrow('noted decided a Noted that JSON cannot hold.');
    }
  });

  test('is more events than one command can mean', () => {
    const many = Array.from({ length: 10_001 }, () => ({ type: 'Noted', data: 1 }));
    expect(checkEvents(noted, accept(...many.slice(1)))).toHaveLength(10_000);
    expect(() => checkEvents(noted, accept(...many))).toThrow('decided 10001 events at once');
  });
});

describe('scheduled commands', () => {
  const at = '2026-05-04T12:00:00.000Z';

  test('M16 are stored as given, without later changes', () => {
    const data: { cents: number } = { cents: 5 };
    const timers = [schedule('gift', { at, command: 'Deposit', data }), cancel('fee')];
    const checked = checkTimers(account, timers);
    data.cents = 6;
    expect(checked).toEqual([{ ...timers[0], data: { cents: 5 } }, timers[1]]);
  });

  test.each([
    ['of another aggregate', 'PlaceOrder', {}, at, 'no such command'],
    ['named like what every object has', 'constructor', {}, at, 'no such command'],
    ['that their schema refuses', 'Deposit', { cents: 0 }, at, 'schema refuses its data'],
    ['that JSON cannot hold', 'Deposit', { cents: 5, note: undefined }, at, 'JSON cannot hold'],
    ['at no time', 'Deposit', { cents: 5 }, 'soon', 'A time is an ISO 8601'],
    ['without a zone', 'Deposit', { cents: 5 }, '2027-02-28T10:00:00', 'A time is an ISO 8601'],
    ['on no day', 'Deposit', { cents: 5 }, '2027-02-31T00:00:00Z', 'A time is an ISO 8601'],
    ['beyond any alarm', 'Deposit', { cents: 5 }, '2190-01-01T00:00:00Z', 'after 2189-12-31'],
  ])('M8 %s are a bug', (_title, command, data, when, why) => {
    const timer = schedule('x', { at: when, command, data });
    const check = () => checkTimers(account, [timer]);
    expect(check).toThrow(`account cannot schedule ${command} as the timer x. `);
    expect(check).toThrow(why);
  });

  test('M8 with an id that could not be stored, or more than a row can hold, are a bug', () => {
    const noting = { ...account, commands: { Note: z.string() } };
    const note = (id: string, data: string) =>
      checkTimers(noting, [schedule(id, { at, command: 'Note', data })]);
    for (const id of ['', 'x'.repeat(513), '\ud800']) expect(() => note(id, '')).toThrow('Its id');
    expect(note('x'.repeat(512), 'x'.repeat(1_048_574))).toHaveLength(1);
    expect(() => note('x', 'x'.repeat(1_048_575))).toThrow('more than 1048576 bytes');
  });

  test('M8 are at most so many at once', () => {
    const many = Array.from({ length: 10_001 }, (_, index) => cancel(`t-${index}`));
    expect(checkTimers(account, many.slice(1))).toHaveLength(10_000);
    expect(() => checkTimers(account, many)).toThrow('decided 10001 timers at once');
  });
});
