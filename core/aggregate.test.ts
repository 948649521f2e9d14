import { describe, expect, test } from 'vitest';
import { account } from '../test/controls/account.ts';
import { deposited, opened, storedEvent, withdrawn } from '../test/controls/stored-events.ts';
import { checkEvents, evolve, fold } from './aggregate.ts';
import { accept } from './decision.ts';
import { UnknownEvent } from './event.ts';

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
  test('get what their newest schema makes of them', () => {
    const data = { cents: 500, currency: 'EUR' };
    expect(checkEvents(account, accept({ type: 'Deposited', data }))).toEqual([
      { type: 'Deposited', schemaVersion: 3, data },
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

  test('say nothing of what they held: it may be personal', () => {
    const data = { owner: 'Ann Secret', reference: 7 };
    const check = () => checkEvents(account, accept({ type: 'AccountOpened', data }));
    expect(check).toThrow(expect.objectContaining({ message: expect.not.stringContaining('Ann') }));
  });
});
