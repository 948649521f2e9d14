import { describe, expect, test } from 'vitest';
import { account } from '../../test/controls/account.ts';
import { opened, withdrawn } from '../../test/controls/stored-events.ts';
import { readEvent } from '../aggregate/event.ts';
import { TooManyHops } from './hops.ts';
import { command, defineReactor } from './reactor.ts';

const welcome = command(account, 'gifts', 'Deposit', { cents: 5 });
const [once, twice] = [
  command(account, 'fees', 'Deposit', { cents: 1 }),
  command(account, 'fees', 'Deposit', { cents: 2 }),
];
const policy = defineReactor({
  name: 'policy',
  from: [account],
  on: { account: { AccountOpened: () => welcome, Withdrawn: () => [once, twice] } },
});

const opening = readEvent(account.events, opened('account/a'));
const withdrawing = readEvent(account.events, withdrawn('account/a', 2, 1));

test('a command has its target, its name and its data', () => {
  expect(welcome).toEqual({
    aggregate: 'account',
    id: 'gifts',
    command: 'Deposit',
    data: { cents: 5 },
  });
});

describe('a reactor', () => {
  test('starts at the current position by default, and has neither versions nor rows', () => {
    const { react: _react, ...described } = policy;
    const plain = { kind: 'reactor', name: 'policy', sources: ['account'] };
    const handles = { account: ['AccountOpened', 'Withdrawn'] };
    expect(described).toEqual({ ...plain, handles, startsAt: 'now' });
    const earlier = defineReactor({ name: 'x', from: [], on: {}, startsAt: 'beginning' });
    expect(earlier.startsAt).toBe('beginning');
  });

  test('answers one command as well as a list of them', () => {
    expect(policy.react(opening)).toEqual([welcome]);
    expect(policy.react(withdrawing)).toEqual([once, twice]);
  });

  test('ignores events without a handler', () => {
    for (const type of ['Deposited', 'constructor', 'toString', '__proto__']) {
      expect(policy.react({ ...opening, type })).toEqual([]);
    }
    for (const aggregate of ['order', 'constructor', '__proto__']) {
      expect(policy.react({ ...opening, aggregate, type: 'name' })).toEqual([]);
    }
  });

  test('goes no further than a hundred reactions', () => {
    const far = { ...opening, metadata: { ...opening.metadata, hops: 100 } };
    expect(() => policy.react(far)).toThrow(TooManyHops);
    expect(policy.react({ ...far, type: 'Deposited' })).toEqual([]);
  });
});
