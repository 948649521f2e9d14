/** An aggregate whose timers a test controls, at once or when a timer is due. */
import * as z from 'zod';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept, cancel, reject, schedule } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';

const cancelling = z.strictObject({ cancel: z.string() });
const setting = z.strictObject({
  set: z.string(),
  at: z.string(),
  note: z.string(),
  get next() {
    return z.array(z.union([cancelling, setting])).exactOptional();
  },
});
const change = z.union([cancelling, setting]);

const AT_LARGE = { note: 'x'.repeat(300_000) };

export const scheduling = defineAggregate({
  name: 'scheduling',
  events: { Ran: event(z.strictObject({ note: z.string() })) },
  commands: {
    Run: z.strictObject({ note: z.string(), next: z.array(change).exactOptional() }),
    /** Passed on unchanged: a transform makes a Date from a text. */
    RunAt: z.strictObject({ when: z.iso.datetime().transform((text) => new Date(text)) }),
    RunAtLater: z.strictObject({ id: z.string(), at: z.string(), when: z.string() }),
    RunAgain: z.strictObject({}),
    RunTooMuch: z.strictObject({}),
    Refuse: z.strictObject({}),
    Break: z.strictObject({}),
    Later: z.strictObject({
      id: z.string(),
      at: z.string(),
      command: z.enum(['RunAgain', 'RunTooMuch', 'Refuse', 'Break']),
    }),
  },
  initialState: () => ({}),
  evolve: { Ran: (state) => state },
  decide: {
    Run: ({ note, next = [] }) =>
      accept({ type: 'Ran', data: { note } }).with(...next.map(timerOf)),
    RunAt: ({ when }) =>
      accept({ type: 'Ran', data: { note: `${when instanceof Date} ${when.toISOString()}` } }),
    RunAtLater: ({ id, at, when }) =>
      accept().with(schedule(id, { at, command: 'RunAt', data: { when } })),
    RunAgain: (_command, _state, { now }) =>
      accept({ type: 'Ran', data: { note: now } }).with(
        schedule('again', { at: now, command: 'RunAgain', data: {} }),
      ),
    RunTooMuch: () => accept({ type: 'Ran', data: AT_LARGE }),
    Refuse: () => reject('never'),
    Break: () => {
      throw new Error('secret: it breaks');
    },
    Later: ({ id, at, command }) => accept().with(schedule(id, { at, command, data: {} })),
  },
});

function timerOf(change: z.output<typeof setting> | z.output<typeof cancelling>) {
  if ('cancel' in change) return cancel(change.cancel);
  const { set, at, note, next } = change;
  const data = { note, ...(next && { next }) };
  return schedule(set, { at, command: 'Run', data });
}
