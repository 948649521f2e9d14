/** A decider of Emmett as it is: its decisions, its refusals, its clock, and the laws of every app. */
import fc from 'fast-check';
import { defineApp, event } from 'ledge';
import { fromDecider } from 'ledge/emmett';
import { given, lawsOf } from 'ledge/testing';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { cart } from '../../docs/samples/emmett/cart.ts';

const tea = { item: 'tea', quantity: 2 };
const added = { type: 'ItemAdded', data: tea } as const;

test('EA1 what the decider decides is appended, folded by its evolve', () => {
  given(cart)
    .when('AddItem', tea)
    .then([added])
    .thenState({ status: 'Open', items: { tea: 2 } })
    .when('RemoveItem', { item: 'tea', quantity: 1 })
    .then([{ type: 'ItemRemoved', data: { item: 'tea', quantity: 1 } }])
    .thenState({ status: 'Open', items: { tea: 1 } });
  given(cart).when('ConfirmCart', {}).thenNothing();
});

test('EA2 an error that Emmett answers with a 4xx is a rejection', () => {
  given(cart, [added])
    .when('RemoveItem', { item: 'tea', quantity: 3 })
    .thenRejected('illegal-state', { message: 'There are not so many of tea in the cart.' });
});

test('EA3 the metadata of a command have the time of the command, not of the machine', () => {
  const now = '2026-05-04T12:30:00.000Z';
  given(cart, [added])
    .when('ConfirmCart', {}, { now })
    .then([{ type: 'CartConfirmed', data: { confirmedAt: now } }]);
});

describe('EA4 the laws of every app:', () => {
  for (const law of lawsOf(defineApp({ aggregates: [cart] }), fc)) test(law.name, law.check);
});

describe('EA2 of an error that decide throws', () => {
  const throwing = (error: unknown) =>
    fromDecider({
      name: 'thrower',
      events: { Thrown: event(z.strictObject({})) },
      commands: { Throw: z.strictObject({}) },
      decider: {
        initialState: () => ({}),
        evolve: (state: object) => state,
        decide: () => {
          throw error;
        },
      },
    });

  test.each([
    [400, 'validation-failed'],
    [403, 'illegal-state'],
    [404, 'not-found'],
    [409, 'error-409'],
  ] as const)('the code %d is the reason %s', (errorCode, reason) => {
    const error = Object.assign(new Error('No.'), { errorCode });
    given(throwing(error)).when('Throw', {}).thenRejected(reason, { message: 'No.' });
  });

  test.each([
    ['without a code', new Error('broken')],
    ['with 500', Object.assign(new Error('broken'), { errorCode: 500 })],
    ['with a text', Object.assign(new Error('broken'), { errorCode: '403' })],
  ])('one %s is a fault', (_, error) => {
    expect(() => given(throwing(error)).when('Throw', {})).toThrow('broken');
  });

  test('so is what is no error', () => {
    expect(() => given(throwing({ errorCode: 403, message: 'no' })).when('Throw', {})).toThrow();
  });
});

test('EA5 several events are appended together, and what the schema refuses is a fault', () => {
  const deciding = (events: { type: 'Counted'; data: { n: number } }[]) =>
    fromDecider({
      name: 'counter',
      events: { Counted: event(z.strictObject({ n: z.int() })) },
      commands: { Count: z.strictObject({}) },
      decider: {
        initialState: () => ({ sum: 0 }),
        evolve: (state: { sum: number }, { data }: { data: { n: number } }) => ({
          sum: state.sum + data.n,
        }),
        decide: () => events,
      },
    });
  const counted = (n: number) => ({ type: 'Counted', data: { n } }) as const;
  given(deciding([counted(1), counted(2)]))
    .when('Count', {})
    .then([counted(1), counted(2)])
    .thenState({ sum: 3 });
  expect(() => given(deciding([counted(0.5)])).when('Count', {})).toThrow(
    'counter decided a Counted that its schema refuses at n.',
  );
});
