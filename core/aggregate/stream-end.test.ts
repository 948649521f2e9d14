import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineApp } from '../app.ts';
import { given } from '../testing/given.ts';
import { defineAggregate } from './aggregate.ts';
import { accept } from './decision.ts';
import { event } from './event.ts';

const nothing = z.strictObject({});

const room = defineAggregate({
  name: 'room',
  events: { Entered: event(nothing), RoomClosed: event(nothing) },
  endsWith: ['RoomClosed'],
  commands: { Enter: nothing, CloseRoom: nothing },
  initialState: () => ({}),
  evolve: { Entered: (state) => state, RoomClosed: (state) => state },
  decide: {
    Enter: () => accept({ type: 'Entered', data: {} }),
    CloseRoom: () => accept({ type: 'RoomClosed', data: {} }),
  },
});

describe('ES6 the test kit knows the end of a stream', () => {
  test('of past events, and of commands that follow one another', () => {
    given(room, [{ type: 'RoomClosed', data: {} }])
      .when('Enter', {})
      .thenRejected('stream-ended');
    given(room)
      .when('Enter', {})
      .when('CloseRoom', {})
      .then([{ type: 'RoomClosed', data: {} }])
      .when('CloseRoom', {})
      .thenRejected('stream-ended');
  });
});

test('ES6 an end that is not one of the events is refused', () => {
  const { endsWith: _endsWith, ...open } = room;
  // @ts-expect-error 'Gone' is no event of the aggregate
  defineAggregate({ ...open, endsWith: ['Gone'] });
  const wrong = { ...room, endsWith: ['Gone'] };
  expect(() => defineApp({ aggregates: [wrong as never] })).toThrow(
    'room ends with Gone, which is not one of its events.',
  );
});
