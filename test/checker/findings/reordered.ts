/** I4, I10: a later event has an earlier place. */
import { type Finding, findingsOf } from '../finding.ts';
import { firstVersion, type Intent, nameOf } from '../intents.ts';
import { type Event, placeOf, type World } from '../world.ts';

const reordered = findingsOf('reordered');

export function findReordered({ intents, history, state }: World): Finding[] {
  const byStream = Map.groupBy(intents, ({ stream }) => stream);
  return [
    ...[...byStream.values()].flatMap(overtakenIntents),
    ...outOfOrder(state.journal, 'the journal'),
    ...history.events.flatMap(({ process, answer }) => outOfOrder(answer?.events ?? [], process)),
    ...history.follow.flatMap(({ process, answer }) => outOfOrder(answer?.events ?? [], process)),
  ];
}

/** A command that began when another had been answered comes after it. From the stream's end to its beginning. */
function overtakenIntents(intents: readonly Intent[]): Finding[] {
  const placed = intents.flatMap((intent) =>
    intent.accepted && intent.accepted.events.length > 0
      ? [{ ...intent, accepted: intent.accepted }]
      : [],
  );
  const findings: Finding[] = [];
  let earliest: Intent | undefined;
  for (const intent of placed.sort((a, b) => b.accepted.version - a.accepted.version)) {
    if (earliest && earliest.completed < intent.invoked) {
      const detail = `${nameOf(intent)} began after ${nameOf(earliest)} was answered, and has an earlier place.`;
      findings.push(reordered(`${intent.stream}@${firstVersion(intent.accepted)}`, detail));
    }
    if (!earliest || intent.completed < earliest.completed) earliest = intent;
  }
  return findings;
}

/** Of each stream the versions must grow. */
function outOfOrder(events: readonly Event[], reader: string): Finding[] {
  const heads = new Map<string, number>();
  return events.flatMap((event) => {
    const head = heads.get(event.stream) ?? 0;
    heads.set(event.stream, Math.max(head, event.version));
    if (event.version >= head) return [];
    return [reordered(placeOf(event), `${reader} has it behind version ${head}.`)];
  });
}
