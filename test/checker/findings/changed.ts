/** I3: two different copies of one event. A stored event never changes. */
import { type Finding, findingsOf } from '../finding.ts';
import type { Operation } from '../history.ts';
import { type Event, placeOf, textOf, type World } from '../world.ts';

const changed = findingsOf('changed');

export function findChanged(world: World): Finding[] {
  return copies(world).flatMap(({ event, reader, isByCredential }) => {
    const stored = world.events.get(placeOf(event));
    const own = stored && isByCredential ? withoutCredential(stored) : stored;
    if (!own || textOf(own) === textOf(event)) return [];
    return [changed(placeOf(event), `${reader} has another ${event.type} than the log.`)];
  });
}

/** What caused an event is shown to operators and administrators alone, which clients with a credential are not. */
function withoutCredential({ metadata, ...event }: Event): Event {
  const { credential: _hidden, ...others } = metadata;
  return { ...event, metadata: others };
}

interface Copy {
  readonly event: Event;
  readonly reader: string;
  readonly isByCredential: boolean;
}

/** Includes responses to commands, except for lost events, whose place another event has. */
function copies({ history, state, events }: World): Copy[] {
  const ids = new Set([...events.values()].map(({ id }) => id));
  const answered = history.command.flatMap(copiesIn).filter(({ event }) => ids.has(event.id));
  const read = [...history.events, ...history.follow].flatMap(copiesIn);
  const journalled = state.journal.map((event) => ({
    ...{ event, reader: 'The journal', isByCredential: false },
  }));
  return [...answered, ...read, ...journalled];
}

function copiesIn({
  process: reader,
  wanted,
  answer,
}: Operation<'command'> | Operation<'events'> | Operation<'follow'>): Copy[] {
  const isByCredential = wanted.credential !== undefined;
  return (answer?.events ?? []).map((event) => ({ event, reader, isByCredential }));
}
