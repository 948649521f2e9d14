/** An aggregate whose stream ends: a room that is closed for good, with a timer that outlives it. */
import * as z from 'zod';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept, later, schedule } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';

const nothing = z.strictObject({});

export const room = defineAggregate({
  name: 'room',
  events: { Entered: event(nothing), RoomClosed: event(nothing) },
  endsWith: ['RoomClosed'],
  commands: {
    Enter: nothing,
    EnterLater: nothing,
    CloseRoom: nothing,
    /** Decides an event after the end. */
    CloseEarly: nothing,
  },
  snapshots: { every: 2, stateVersion: 1 },
  initialState: () => ({ entered: 0 }),
  evolve: {
    Entered: ({ entered }) => ({ entered: entered + 1 }),
    RoomClosed: (state) => state,
  },
  decide: {
    Enter: () => accept({ type: 'Entered', data: {} }),
    EnterLater: (_data, _state, { now }) =>
      accept().with(schedule('enter', { at: later(now, 60_000), command: 'Enter', data: {} })),
    CloseRoom: () => accept({ type: 'RoomClosed', data: {} }),
    CloseEarly: () => accept({ type: 'RoomClosed', data: {} }, { type: 'Entered', data: {} }),
  },
});
