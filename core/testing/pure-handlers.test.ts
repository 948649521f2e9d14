/** Functions of a domain that change what they are handed: the kit and the kernel are as strict as the product. */
import { describe, expect, test } from 'vitest';
import {
  impureBasket,
  impureProjection,
  impureReactor,
  impureSaga,
  mutations,
} from '../../test/controls/impure.ts';
import { storedEvent } from '../../test/controls/stored-events.ts';
import { fold } from '../aggregate/aggregate.ts';
import type { Context } from '../aggregate/decision.ts';
import { readEvent } from '../aggregate/event.ts';
import { simulate } from '../aggregate/simulate.ts';
import { given, givenReactor, givenSaga, project } from './index.ts';

const data = { items: ['b', 'a'], label: { text: 'l' } };
const copied = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));
const basket = impureBasket();
const filled = { aggregate: basket, id: 'b-1', type: 'Filled', data } as const;

describe.each(Object.entries(mutations))('D9 the kit detects a function that %s:', (_, mutate) => {
  test('a projection', () => {
    expect(() => project(impureProjection(basket, mutate), [filled])).toThrow(TypeError);
  });

  test('a reactor', () => {
    const reactor = impureReactor(basket, mutate);
    expect(() => givenReactor(reactor).whenEvent(filled).thenSends()).toThrow(TypeError);
  });

  test('a saga that changes its event, or its state', () => {
    const starting = givenSaga(impureSaga(basket, { start: mutate }), 'b-1');
    expect(() => starting.whenEvent(filled)).toThrow(TypeError);
    const running = givenSaga(impureSaga(basket, { on: mutate }), 'b-1').whenEvent(filled);
    expect(() => running.whenEvent(filled)).toThrow(TypeError);
  });

  test('an upcaster, on every path', () => {
    const lifting = impureBasket({ upcast: mutate });
    const old = { type: 'Filled', schemaVersion: 1, data } as const;
    expect(() => given(lifting, [old])).toThrow(TypeError);
    expect(() =>
      project(impureProjection(lifting), [{ aggregate: lifting, id: 'b', ...old }]),
    ).toThrow(TypeError);
    const stored = () => copied(old);
    expect(() => fold(lifting, lifting.initialState(), [stored()])).toThrow(TypeError);
    const event = storedEvent({ stream: 'basket/b', version: 1, ...stored() });
    expect(() => readEvent(lifting.events, event)).toThrow(TypeError);
    expect(event.data).toEqual(data);
  });

  test('decide and evolve', () => {
    expect(() => given(impureBasket({ decide: mutate })).when('Fill', data)).toThrow(TypeError);
    expect(() => given(impureBasket({ evolve: mutate })).when('Fill', data)).toThrow(TypeError);
  });
});

test('D5 handlers get their event frozen, with its metadata; the data of an upcaster too', () => {
  const lifting = impureBasket({ upcast: () => undefined });
  const event = readEvent(
    lifting.events,
    storedEvent({ stream: 'basket/b', version: 1, type: 'Filled', data: copied(data) }),
  );
  for (const part of [event, event.metadata, event.data]) expect(part).toSatisfy(Object.isFrozen);
});

test('D7 each step of a simulation has its own state, though evolve grows it in place', () => {
  const step = {
    event: { type: 'Filled', data: { items: ['b', 'a'], label: { text: 'in place' } } },
  };
  const context = {} as Context;
  const start = { version: 0, state: basket.initialState() };
  const played = simulate(basket, start, [step, step, step], () => context, 'all');
  if ('outcome' in played) throw new Error('The states fit into an answer.');
  expect(played.map(({ state }) => state)).toMatchObject(
    [1, 2, 3].map((length) => ({ fillings: { length } })),
  );
  expect(played.map(({ events }) => events)).toEqual([[step.event], [step.event], [step.event]]);
});
