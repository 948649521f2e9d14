/** I3, I10: versions with a gap, in a log, in the journal or for a reader that follows it. */
import { type Finding, findingsOf } from '../finding.ts';
import { type Event, placeOf, type World } from '../world.ts';

const gap = findingsOf('gap');

export function findGaps({ state, history }: World): Finding[] {
  const followers = Map.groupBy(history.follow, ({ process }) => process);
  return [
    ...gaps(Object.values(state.logs).flat(), 'the log'),
    ...gaps(state.journal, 'the journal'),
    ...[...followers].flatMap(([process, reads]) =>
      gaps(
        reads.flatMap(({ answer }) => answer?.events ?? []),
        `what ${process} saw`,
      ),
    ),
  ];
}

/** A version that comes again, or before its time, is another kind of finding. */
function gaps(events: readonly Event[], place: string): Finding[] {
  const heads = new Map<string, number>();
  return events.flatMap((event) => {
    const head = heads.get(event.stream) ?? 0;
    heads.set(event.stream, Math.max(head, event.version));
    if (event.version <= head + 1) return [];
    return [gap(placeOf(event), `In ${place} it follows version ${head}.`)];
  });
}
