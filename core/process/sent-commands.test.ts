/** What a definition declares to send is all that it sends. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { account } from '../../test/controls/account.ts';
import { opened } from '../../test/controls/stored-events.ts';
import type { ActionCall } from '../action/action.ts';
import { defineAction } from '../action/define-action.ts';
import { readEvent } from '../aggregate/event.ts';
import { defineApp } from '../app.ts';
import { defineInbound } from '../inbound/define-inbound.ts';
import { credential } from '../inbound/verification.ts';
import { givenSaga } from '../testing/given-saga.ts';
import { type FailedEnd, fail, proceed, type Send, send } from './effect.ts';
import { command, defineReactor } from './reactor.ts';
import { defineSaga } from './saga.ts';
import { action, type SagaStep } from './saga-step.ts';
import { defineSteps } from './saga-steps.ts';
import type { SentCommands } from './sent-commands.ts';

const opening = readEvent(account.events, opened('account/a'));
const deposit = command(account, 'a', 'Deposit', { cents: 5 });
const declared = { account: ['Deposit'] };
const other = { account: ['Withdraw'] };
const REFUSED = 'sent account/Deposit, which its sends does not declare';

const reactor = (sends?: SentCommands) =>
  defineReactor({
    ...{ name: 'policy', from: [account], ...(sends && { sends }) },
    on: { account: { AccountOpened: () => deposit } },
  });

const inbound = (sends?: SentCommands) =>
  defineInbound({
    ...{ name: 'bank', verify: credential(), input: z.unknown(), ...(sends && { sends }) },
    ...{ key: () => 'k', on: () => deposit },
  });

const acting = (sends?: SentCommands) =>
  defineAction({
    ...{ name: 'pay', from: [account], ...(sends && { sends }) },
    on: { account: { AccountOpened: async () => deposit } },
    failed: { account: { AccountOpened: () => deposit } },
  });

const correlate = { account: { AccountOpened: () => 's-1' } } as const;

const saga = (sends?: SentCommands, version = 1, previous?: ReturnType<typeof defineSaga>) =>
  defineSaga({
    ...{ name: 'gifts', version, from: [account], correlate, ...(sends && { sends }) },
    ...(previous && { previous }),
    initialState: () => ({}),
    startedBy: {
      account: { AccountOpened: (_event, state) => proceed(state, send('s', deposit)) },
    },
    cancelled: (reason, state) =>
      proceed<object, Send | FailedEnd>(state, send('back', deposit), fail(reason)),
  });

const steps = (
  sends: SentCommands | undefined,
  step: Partial<SagaStep<unknown, typeof correlate>>,
) =>
  defineSteps({
    ...{ name: 'steps', version: 1, from: [account], correlate, ...(sends && { sends }) },
    startedBy: { account: { AccountOpened: () => ({}) } },
    steps: [{ name: 'give', commands: () => [action(deposit)], ...step }],
  });

const event = { aggregate: account, id: 'a', type: 'AccountOpened', data: opening.data } as never;

describe('CT4 a definition that declares what it sends', () => {
  test('sends it', async () => {
    expect(reactor(declared).react(opening)).toEqual([deposit]);
    expect(inbound(declared).map({})).toEqual([deposit]);
    const answer = await acting(declared).act(opening, {} as ActionCall);
    expect(answer).toMatchObject({ answer: 'commands', commands: [{ command: 'Deposit' }] });
    expect(acting(declared).failed(opening, 'x')).toHaveLength(1);
    givenSaga(saga(declared), 's-1').whenEvent(event).thenSends({ s: deposit });
    givenSaga(steps(declared, {}), 's-1').whenEvent(event).thenSends({ 'give/0': deposit });
  });

  test('sends nothing else', async () => {
    expect(() => reactor(other).react(opening)).toThrow(`policy ${REFUSED}`);
    expect(() => inbound(other).map({})).toThrow(`bank ${REFUSED}`);
    await expect(acting(other).act(opening, {} as ActionCall)).rejects.toThrow(`pay ${REFUSED}`);
    expect(() => acting(other).failed(opening, 'x')).toThrow(`pay ${REFUSED}`);
    expect(() => givenSaga(saga(other), 's-1').whenEvent(event)).toThrow(`gifts ${REFUSED}`);
    expect(() => givenSaga(steps(other, {}), 's-1').whenEvent(event)).toThrow(`steps ${REFUSED}`);
    for (const aggregate of ['constructor', '__proto__']) {
      expect(() => reactor({ [aggregate]: ['Deposit'] }).react(opening)).toThrow(REFUSED);
    }
  });

  test('sends no compensation, and nothing for an operator, that it leaves out', () => {
    const withdraw = command(account, 'a', 'Withdraw', { cents: 5 });
    const step = {
      commands: () => [action(deposit, { compensation: withdraw })],
      timeoutMs: 1_000,
    };
    const paid = (sends: SentCommands) =>
      givenSaga(steps(sends, step), 's-1').whenEvent(event).whenTimePasses(500);
    const late = (sends: SentCommands) => paid(sends).whenOperator('Cancel', { reason: 'x' });
    expect(() => late(declared).whenSettled('give/0')).toThrow('sent account/Withdraw');
    const both = { account: ['Deposit', 'Withdraw'] };
    late(both).whenSettled('give/0').thenSends({ 'give/0/undo': withdraw });
    const begun = givenSaga(saga(declared), 's-1').whenEvent(event);
    begun.whenOperator('Cancel', { reason: 'x' }).thenSends({ back: deposit });
  });
});

test('CT4 without a declaration every command is sent', () => {
  expect(reactor().react(opening)).toEqual([deposit]);
  expect(inbound().map({})).toEqual([deposit]);
  expect(reactor()).not.toHaveProperty('sends');
});

test('CT4 a saga declares what its previous versions declare, too', () => {
  const withdraws = { account: ['Withdraw', 'Deposit'], other: ['Open'] };
  expect(saga(declared, 2, saga(withdraws)).sends).toEqual(withdraws);
  expect(saga(declared, 2, saga())).not.toHaveProperty('sends');
  expect(saga(undefined, 2, saga(declared))).not.toHaveProperty('sends');
});

test.each([
  ['an aggregate', { savings: ['Deposit'] }, 'policy sends savings/Deposit'],
  ['a command', { account: ['Deposit', 'toString'] }, 'policy sends account/toString'],
])('CT4 an app is refused where a definition declares %s that it lacks', (_, sends, error) => {
  const given = { aggregates: [account] };
  expect(() => defineApp({ ...given, reactors: [reactor(sends)] })).toThrow(error);
  expect(() => defineApp({ ...given, inbound: [inbound(sends)] })).toThrow('no command of the app');
  expect(() => defineApp({ ...given, actions: [acting(sends)] })).toThrow('no command of the app');
  expect(() => defineApp({ ...given, sagas: [saga(sends)] })).toThrow('no command of the app');
});
