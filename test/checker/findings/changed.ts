/** I3: two different copies of one event. A stored event never changes. */
import { type Finding, findingsOf } from '../finding.ts';
import { type Event, placeOf, textOf, type World } from '../world.ts';

const changed = findingsOf('changed');

export function findChanged(world: World): Finding[] {
  return copies(world).flatMap(({ event, reader }) => {
    const own = world.events.get(placeOf(event));
    if (!own || textOf(own) === textOf(event)) return [];
    return [changed(placeOf(event), `${reader} has another ${event.type} than the log.`)];
  });
}

/** Includes responses to commands, except for lost events, whose place another event has. */
function copies({ history, state, events }: World): { event: Event; reader: string }[] {
  const ids = new Set([...events.values()].map(({ id }) => id));
  const answered = history.command.flatMap(({ process, answer }) =>
    (answer?.events ?? [])
      .filter(({ id }) => ids.has(id))
      .map((event) => ({ event, reader: process })),
  );
  const read = [...history.events, ...history.follow].flatMap(({ process, answer }) =>
    (answer?.events ?? []).map((event) => ({ event, reader: process })),
  );
  const journalled = state.journal.map((event) => ({ event, reader: 'The journal' }));
  return [...answered, ...read, ...journalled];
}
