/** A domain with every kind of bug that the runtime must survive. */
import * as z from 'zod';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept, cancel, reject, schedule } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';

export const troublesome = defineAggregate({
  name: 'troublesome',
  events: {
    Worked: event(z.strictObject({ note: z.string().max(2_000_000) })),
    Broken: event(z.strictObject({})),
  },
  commands: {
    Work: z.strictObject({ note: z.string().default('') }),
    WorkMuch: z.strictObject({ events: z.int(), noteLength: z.int() }),
    WorkLater: z.strictObject({ id: z.string(), at: z.string() }),
    WorkNever: z.strictObject({ id: z.string() }),
    ThrowLater: z.strictObject({ at: z.string() }),
    Reject: z.strictObject({}),
    RejectLater: z.strictObject({ at: z.string() }),
    ScheduleWrongly: z.strictObject({}),
    Throw: z.strictObject({}),
    DecideWrongly: z.strictObject({}),
    BreakEvolve: z.strictObject({}),
  },
  initialState: () => ({ worked: 0 }),
  snapshots: { every: 100, stateVersion: 2 },
  evolve: {
    Worked: (state) => ({ worked: state.worked + 1 }),
    Broken: () => {
      throw new Error('secret: evolve cannot take it');
    },
  },
  decide: {
    Work: (data) => accept({ type: 'Worked', data }),
    WorkMuch: ({ events, noteLength }) =>
      accept(
        ...Array.from({ length: events }, () => ({
          type: 'Worked' as const,
          data: { note: 'x'.repeat(noteLength) },
        })),
      ),
    WorkLater: ({ id, at }) =>
      accept().with(schedule(id, { at, command: 'Work', data: { note: id } })),
    WorkNever: ({ id }) => accept().with(cancel(id)),
    ThrowLater: ({ at }) => accept().with(schedule('throw', { at, command: 'Throw', data: {} })),
    Reject: () => reject('never'),
    RejectLater: ({ at }) => accept().with(schedule('reject', { at, command: 'Reject', data: {} })),
    ScheduleWrongly: () =>
      accept().with(schedule('wrong', { at: 'tomorrow', command: 'Work', data: {} })),
    Throw: () => {
      throw new Error('secret: decide cannot take it');
    },
    DecideWrongly: () => accept({ type: 'Worked', data: { note: 'x'.repeat(2_000_001) } }),
    BreakEvolve: () => accept({ type: 'Broken', data: {} }),
  },
});
