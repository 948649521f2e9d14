/** A saga that sends the command that its start event names, and a target whose code can be made to throw. */
import * as z from 'zod';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';
import { complete, proceed, send } from '../../../core/process/effect.ts';
import { command, type Reaction } from '../../../core/process/reactor.ts';
import { defineSaga } from '../../../core/process/saga.ts';

export const mood = { isBad: false };

const note = z.strictObject({ note: z.string() });

export const moody = defineAggregate({
  name: 'moody',
  events: {
    Done: event(note),
    Noted: event(note),
    Asked: event(z.strictObject({ what: z.string() })),
  },
  commands: { Do: note, Note: note, Ask: z.strictObject({ what: z.string() }) },
  initialState: () => null,
  evolve: { Done: () => null, Noted: () => null, Asked: () => null },
  decide: {
    Do: (data) => {
      if (mood.isBad) throw new Error('secret: not today');
      return accept({ type: 'Done', data });
    },
    Note: (data) => accept({ type: 'Noted', data }),
    Ask: (data) => accept({ type: 'Asked', data }),
  },
  eventBytesMax: 1_048_576,
});

/** Its events may arrive before the start of the saga. */
export const voice = defineAggregate({ ...moody, name: 'voice' });

const target = (id: string) => command(moody, `target-${id}`, 'Do', { note: 'pressed' });

/** The command of each note. */
const reactions: Readonly<Record<string, (id: string) => Reaction>> = {
  work: target,
  'an impossible id': (id) => ({ ...target(id), id: 'ann@example.org' }),
  'an unknown aggregate': (id) => ({ ...target(id), aggregate: 'nowhere' }),
  'an unknown command': (id) => ({ ...target(id), command: 'Dream' }),
  'invalid data': (id) => ({ ...target(id), data: { note: 1 } }),
  'too much': (id) => ({ ...target(id), data: { note: 'x'.repeat(1_100_000) } }),
  'too much by far': (id) => ({ ...target(id), data: { note: 'x'.repeat(2_000_000) } }),
};

const sagaOf = (id: string) => id.split('.')[0];

/** `m-1` and `m-1.other` are for the saga `m-1`. */
export const pressing = defineSaga({
  name: 'pressing',
  version: 1,
  from: [moody, voice],
  initialState: () => ({ notes: '' }),
  correlate: {
    moody: {
      Asked: ({ aggregateId, data }) =>
        data.what === 'an impossible saga' ? 'ann@example.org' : sagaOf(aggregateId),
    },
    voice: { Noted: ({ aggregateId }) => sagaOf(aggregateId) },
  },
  startedBy: {
    moody: {
      Asked: ({ aggregateId, data }, state) =>
        proceed(state, send('press', (reactions[data.what] ?? target)(aggregateId))),
    },
  },
  on: { voice: { Noted: ({ data }, { notes }) => proceed({ notes: notes + data.note }) } },
  settled: (_settled, state) => proceed(state, complete()),
});
