/** I3, I7: half of something. A state between the events of one command, or a row that never was. */
import { type Finding, findingsOf } from '../finding.ts';
import { foldedRows, rowsOfStreams } from '../rows-of-streams.ts';
import type { World } from '../world.ts';

const torn = findingsOf('torn');

export function findTorn(world: World): Finding[] {
  return [...tornStates(world), ...tornRows(world)];
}

function tornStates({ history, groups }: World): Finding[] {
  const byStream = Map.groupBy(groups, ({ stream }) => stream);
  return history.state.flatMap(({ process, wanted: { stream }, answer }) => {
    const version = answer?.version ?? 0;
    const inside = byStream.get(stream)?.find((group) => {
      return group.first <= version && version < group.last;
    });
    if (!inside) return [];
    const { first, last } = inside;
    return [
      torn(`${stream}@${version}`, `${process} saw a part of the command ${first} to ${last}.`),
    ];
  });
}

function tornRows(world: World): Finding[] {
  const folded = foldedRows(world);
  return world.history.rows.flatMap((read) =>
    rowsOfStreams(folded, read)
      .filter(({ versions }) => versions.length === 0)
      .map(({ stream }) =>
        torn(read.wanted.projection, `${read.process} saw ${stream} as it was at no version.`),
      ),
  );
}
