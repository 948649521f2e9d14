/** I3: two copies of one event that are not the same. What was written stays as it was. */
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

/** Answers to commands too, but for those that were lost: there another event stands in their place. */
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
