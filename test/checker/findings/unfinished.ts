/** I12: when everything has been quiet for long enough, something is still on its way. */
import { type Finding, findingsOf } from '../finding.ts';
import { placeOf, type World } from '../world.ts';

const unfinished = findingsOf('unfinished');

export function findUnfinished({ state }: World): Finding[] {
  const behind = Object.entries(state.logs).flatMap(([stream, log]) => {
    const reached = state.checkpoints[stream] ?? 0;
    if (reached === log.length) return [];
    return [unfinished(stream, `The read side has ${reached} of ${log.length} events.`)];
  });
  const sagas = state.sagas
    .filter(({ ended }) => !ended)
    .map(({ stream, status }) => unfinished(stream, `The saga is ${status}.`));
  const parked = state.parked.map((event) =>
    unfinished(placeOf(event), `${event.projection ?? 'The queue'} could not take it.`),
  );
  return [...behind, ...sagas, ...parked];
}
