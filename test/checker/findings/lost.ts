/** I1: an acknowledged or observed event is missing. The most serious finding. */
import { type Finding, findingsOf } from '../finding.ts';
import type { Operation } from '../history.ts';
import { firstVersion, type Intent, nameOf } from '../intents.ts';
import { type Event, logOf, placeOf, type World } from '../world.ts';

const lost = findingsOf('lost');

export function findLost(world: World): Finding[] {
  return [
    ...world.intents.flatMap((intent) => lostAnswers(world, intent)),
    ...seenEvents(world).flatMap(({ process, event }) => lostSight(world, process, event)),
    ...world.history.state.flatMap((read) => lostState(world, read)),
    ...lostFromJournal(world),
    ...[...followers(world)].flatMap(([process, reads]) => lostFromFollower(world, process, reads)),
  ];
}

function lostAnswers(world: World, intent: Intent): Finding[] {
  const { accepted, stream } = intent;
  if (!accepted) return [];
  return accepted.events.flatMap(({ id }, index) => {
    const place = placeOf({ stream, version: firstVersion(accepted) + index });
    const found = world.events.get(place);
    if (found?.id === id) return [];
    const there = found ? `another event, ${found.type},` : 'nothing';
    return [lost(place, `${nameOf(intent)} was accepted; ${there} is there.`)];
  });
}

/** Every event that a client has read, from a stream or from the journal. */
function seenEvents({ history }: World): { process: string; event: Event }[] {
  return [...history.events, ...history.follow].flatMap(({ process, answer }) =>
    (answer?.events ?? []).map((event) => ({ process, event })),
  );
}

function lostSight(world: World, process: string, event: Event): Finding[] {
  if (world.events.has(placeOf(event))) return [];
  return [lost(placeOf(event), `${process} has read ${event.type}; nothing is there.`)];
}

function lostState(world: World, { process, wanted, answer }: Operation<'state'>): Finding[] {
  const head = logOf(world, wanted.stream).at(-1)?.version ?? 0;
  if (!answer || answer.version <= head) return [];
  const seen = `${process} has read the state at version ${answer.version}`;
  return [lost(wanted.stream, `${seen}; the log ends at ${head}.`)];
}

function lostFromJournal({ state }: World): Finding[] {
  const there = new Set(state.journal.map(placeOf));
  return Object.values(state.logs)
    .flat()
    .filter((event) => !there.has(placeOf(event)))
    .map((event) => lost(placeOf(event), `${event.type} is not in the journal.`));
}

/** Clients that have read the whole journal from its beginning without a gap. */
function followers({ history }: World) {
  const ofAll = history.follow.filter(({ wanted }) => wanted.credential === undefined);
  return Map.groupBy(ofAll, ({ process }) => process);
}

/** A client that continues from the position of each response has every event up to it. */
function lostFromFollower(
  { state }: World,
  process: string,
  reads: readonly Operation<'follow'>[],
): Finding[] {
  const answered = reads.flatMap(({ answer }) => (answer ? [answer] : []));
  const reached = answered.at(-1)?.after ?? 0;
  const seen = new Set(answered.flatMap(({ events }) => events.map(placeOf)));
  return state.journal
    .filter((event) => event.position <= reached && !seen.has(placeOf(event)))
    .map((event) => lost(placeOf(event), `${process} has followed past it and never saw it.`));
}
