import { describe, expect, test } from 'vitest';
import { account } from '../../test/controls/account.ts';
import { opened, withdrawn } from '../../test/controls/stored-events.ts';
import { readEvent } from '../aggregate/event.ts';
import { defineApp } from '../app.ts';
import { fail } from '../process/effect.ts';
import { TooManyHops } from '../process/hops.ts';
import { command } from '../process/reactor.ts';
import { givenAction } from '../testing/given-action.ts';
import type { ActionCall, ActionResult } from './action.ts';
import { defineAction, done, retry } from './define-action.ts';

const deposit = command(account, 'fees', 'Deposit', { cents: 1 });

/** Answers what the test's environment says. */
const pay = defineAction({
  name: 'pay',
  from: [account],
  on: {
    account: {
      AccountOpened: async (_event, { env }: ActionCall<{ answer: () => ActionResult }>) =>
        env.answer(),
    },
  },
  failed: {
    account: {
      AccountOpened: (_event, reason) => command(account, reason, 'Deposit', { cents: 2 }),
    },
  },
});

const opening = readEvent(account.events, opened('account/a'));
const withdrawing = readEvent(account.events, withdrawn('account/a', 2, 1));

const call = (answer: () => ActionResult) =>
  ({
    env: { answer },
    idempotencyKey: 'k',
    attempt: 1,
    signal: {} as ActionCall['signal'],
    open: async () => null,
  }) as const;

const acted = (answer: () => unknown) => pay.act(opening, call(answer as () => ActionResult));

describe('AE1 an action', () => {
  test('has a policy where none is given', () => {
    expect(pay).toMatchObject({ kind: 'action', name: 'pay', sources: ['account'] });
    expect([pay.retry, pay.timeoutMs]).toEqual([{ attempts: 10, forMs: 10_800_000 }, 20_000]);
  });

  test('acts on the events that it has handlers for, and on no inherited name', () => {
    expect(pay.actsOn(opening)).toBe(true);
    expect(pay.actsOn(withdrawing)).toBe(false);
    for (const name of ['constructor', 'toString', '__proto__']) {
      expect(pay.actsOn({ aggregate: 'account', type: name })).toBe(false);
      expect(pay.actsOn({ aggregate: name, type: 'AccountOpened' })).toBe(false);
    }
  });

  test('answers a command, a list, none, another attempt or a failure', async () => {
    expect(await acted(() => deposit)).toEqual({ answer: 'commands', commands: [deposit] });
    expect(await acted(() => [deposit, deposit])).toMatchObject({ commands: [deposit, deposit] });
    expect(await acted(done)).toEqual({ answer: 'commands', commands: [] });
    expect(await acted(() => retry())).toEqual({ answer: 'retry' });
    expect(await acted(() => retry(60_000))).toEqual({ answer: 'retry', afterMs: 60_000 });
    expect(await acted(() => fail('declined'))).toEqual({ answer: 'failed', reason: 'declined' });
  });

  test('rejects what is no answer, and what its handler throws', async () => {
    for (const wrong of [undefined, null, 'ok', {}, [null], { action: 'other' }]) {
      await expect(acted(() => wrong)).rejects.toThrow(TypeError);
    }
    const thrown = new Error('secret');
    await expect(
      acted(() => {
        throw thrown;
      }),
    ).rejects.toBe(thrown);
  });

  test('has the commands of a failure, or leaves it to an operator', () => {
    expect(pay.failed(opening, 'late')).toEqual([
      command(account, 'late', 'Deposit', { cents: 2 }),
    ]);
    expect(pay.failed(withdrawing, 'late')).toBeUndefined();
  });

  test('goes no further than a hundred reactions', async () => {
    const far = { ...opening, metadata: { ...opening.metadata, hops: 100 } };
    await expect(
      pay.act(
        far,
        call(() => deposit),
      ),
    ).rejects.toThrow(TooManyHops);
    await expect(pay.act(far, call(done))).resolves.toMatchObject({ commands: [] });
  });

  test('refuses numbers that are none of a policy', () => {
    const on = { account: { AccountOpened: async () => done() } };
    const defined = (more: object) => defineAction({ name: 'x', from: [account], on, ...more });
    for (const attempts of [0, -1, 1.5, 101, Number.NaN]) {
      expect(() => defined({ retry: { attempts } })).toThrow(RangeError);
    }
    for (const forMs of [-1, Number.NaN, 1e15]) {
      expect(() => defined({ retry: { forMs } })).toThrow(RangeError);
    }
    for (const timeoutMs of [0, 60_001, Number.NaN]) {
      expect(() => defined({ timeoutMs })).toThrow(RangeError);
    }
    expect(() => retry(-1)).toThrow(RangeError);
    expect(defined({ retry: { attempts: 1 } }).retry).toEqual({ attempts: 1, forMs: 10_800_000 });
  });

  test('is one of an app’s followers: its name is taken once, its sources are in the app', () => {
    expect(() => defineApp({ aggregates: [account], actions: [pay, pay] })).toThrow('taken twice');
    expect(() => defineApp({ aggregates: [], actions: [pay] })).toThrow('not in the app');
    expect(defineApp({ aggregates: [account], actions: [pay] }).actions).toEqual([pay]);
  });
});

test('AE2 the test kit calls a handler once and shows the difference', async () => {
  const event = {
    aggregate: account,
    id: 'a',
    type: 'AccountOpened',
    data: { owner: 'Ann', reference: 'r' },
  } as const;
  const env = (answer: ActionResult) => ({ env: { answer: () => answer } });
  await givenAction(pay).whenEvent(event, env(deposit)).thenSends(deposit);
  await givenAction(pay).whenEvent(event, env(done())).thenSends();
  await givenAction(pay)
    .whenEvent(event, env(retry(5)))
    .thenRetries(5);
  await givenAction(pay).whenEvent(event, env(retry())).thenRetries();
  await givenAction(pay)
    .whenEvent(event, env(fail('no')))
    .thenFails('no');
  await expect(givenAction(pay).whenEvent(event, env(deposit)).thenRetries()).rejects.toThrow(
    'The answer of pay',
  );
  const deposited = () => givenAction(pay).whenEvent(event, env(deposit));
  await expect(deposited().thenSends()).rejects.toThrow('The answer of pay');
  await expect(deposited().thenFails('no')).rejects.toThrow('The answer of pay');
  givenAction(pay)
    .whenFailed(event, 'late')
    .thenSends(command(account, 'late', 'Deposit', { cents: 2 }));
  expect(() => givenAction(pay).whenFailed(event, 'late').thenSends(deposit)).toThrow(
    'after a failure',
  );
});
