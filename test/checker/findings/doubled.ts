/** I5, I9: something that was wanted once was done twice. */
import { type Finding, findingsOf } from '../finding.ts';
import { type Event, placeOf, type World } from '../world.ts';

const doubled = findingsOf('doubled');

export function findDoubled(world: World): Finding[] {
  const logs = Object.values(world.state.logs);
  return [
    ...doubledCommands(world),
    ...repeated(logs.flat(), ({ id }) => id, 'The log has it twice.'),
    ...repeated(logs.flat(), placeOf, 'The log has two events there.'),
    ...repeated(world.state.journal, placeOf, 'The journal has it twice.'),
    ...world.history.follow.flatMap(({ process, answer }) =>
      repeated(answer?.events ?? [], placeOf, `One answer to ${process} has it twice.`),
    ),
    ...logs.flatMap((log) => repeated(log, receivedBySaga, 'The saga has received it twice.')),
  ];
}

function doubledCommands({ groups }: World): Finding[] {
  const byCommand = Map.groupBy(groups, ({ stream, commandId }) => `${stream} ${commandId}`);
  return [...byCommand.values()].flatMap(([first, ...again]) =>
    again.map(({ stream, commandId, first: version }) =>
      doubled(`${stream}@${version}`, `${commandId} was executed at ${first?.first} already.`),
    ),
  );
}

/** Events of one name, all but the first. What has no name is not compared. */
function repeated(
  events: readonly Event[],
  nameOf: (event: Event) => string | undefined,
  detail: string,
): Finding[] {
  const seen = new Set<string>();
  return events.flatMap((event) => {
    const name = nameOf(event);
    if (name === undefined) return [];
    if (seen.has(name)) return [doubled(placeOf(event), detail)];
    seen.add(name);
    return [];
  });
}

/** A saga records the source of each event that it has handled. */
function receivedBySaga({ stream, type, data }: Event): string | undefined {
  if (type !== 'EventReceived') return undefined;
  const { source, version } = Object(data);
  return `${stream} ${source}@${version}`;
}
