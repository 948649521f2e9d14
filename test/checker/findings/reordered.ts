/** I4, I10: what came later stands earlier. */
import { type Finding, findingsOf } from '../finding.ts';
import { firstVersion, nameOf, type Wish } from '../wishes.ts';
import { type Event, placeOf, type World } from '../world.ts';

const reordered = findingsOf('reordered');

export function findReordered({ wishes, history, state }: World): Finding[] {
  const byStream = Map.groupBy(wishes, ({ stream }) => stream);
  return [
    ...[...byStream.values()].flatMap(overtakenWishes),
    ...outOfOrder(state.journal, 'the journal'),
    ...history.events.flatMap(({ process, answer }) => outOfOrder(answer?.events ?? [], process)),
    ...history.follow.flatMap(({ process, answer }) => outOfOrder(answer?.events ?? [], process)),
  ];
}

/** A command that began when another had been answered comes after it. From the stream's end to its beginning. */
function overtakenWishes(wishes: readonly Wish[]): Finding[] {
  const placed = wishes.flatMap((wish) =>
    wish.accepted && wish.accepted.events.length > 0 ? [{ ...wish, accepted: wish.accepted }] : [],
  );
  const findings: Finding[] = [];
  let earliest: Wish | undefined;
  for (const wish of placed.sort((a, b) => b.accepted.version - a.accepted.version)) {
    if (earliest && earliest.completed < wish.invoked) {
      const detail = `${nameOf(wish)} began after ${nameOf(earliest)} was answered, and stands before it.`;
      findings.push(reordered(`${wish.stream}@${firstVersion(wish.accepted)}`, detail));
    }
    if (!earliest || wish.completed < earliest.completed) earliest = wish;
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
