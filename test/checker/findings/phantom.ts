/** I2: an event without a command, or of a command that was refused. */
import { MACHINERY_KEY_PREFIX } from '../../../core/aggregate/command.ts';
import { type Finding, findingsOf } from '../finding.ts';
import { type Intent, nameOf } from '../intents.ts';
import { type Group, isInternal, placeOf, type World } from '../world.ts';

const phantom = findingsOf('phantom');

export function findPhantoms(world: World): Finding[] {
  return [...phantomGroups(world), ...phantomsOfJournal(world)];
}

function phantomGroups(world: World): Finding[] {
  const byKey = new Map(world.intents.flatMap((intent) => keyed(intent)));
  const answered = new Set(world.intents.flatMap(({ accepted }) => idsOf(accepted)));
  const causes = new Set([...world.events.values()].map(({ id }) => id));
  const unanswered = unknownWithoutKey(world.intents);
  return world.groups.flatMap((group) => {
    if (isOfMachinery(world, group)) return fromMachinery(group, causes);
    const intent = byKey.get(`${group.stream} ${group.commandId}`);
    if (intent) return refused(group, intent);
    if (group.events.every(({ id }) => answered.has(id))) return [];
    return unasked(group, unanswered);
  });
}

function keyed(intent: Intent): [string, Intent][] {
  return intent.key === undefined ? [] : [[`${intent.stream} ${intent.key}`, intent]];
}

function idsOf(accepted: Intent['accepted']): string[] {
  return (accepted?.events ?? []).map(({ id }) => id);
}

/** How many commands of each stream may have been executed without anybody knowing, and without a key to know by. */
function unknownWithoutKey(intents: readonly Intent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { stream, key, isUnknown } of intents) {
    if (isUnknown && key === undefined) counts.set(stream, (counts.get(stream) ?? 0) + 1);
  }
  return counts;
}

function isOfMachinery(world: World, { stream, commandId }: Group): boolean {
  return isInternal(world, stream) || commandId.startsWith(MACHINERY_KEY_PREFIX);
}

/** Its cause is an event, or a timer that one has set. */
function fromMachinery({ events }: Group, causes: ReadonlySet<string>): Finding[] {
  return events
    .filter(({ metadata: { actor, causationId } }) => !isTimer(actor) && !causes.has(causationId))
    .map((event) => phantom(placeOf(event), `${event.type} has a cause that is no event.`));
}

function isTimer(actor: string): boolean {
  return actor === `${MACHINERY_KEY_PREFIX}timer`;
}

function refused({ events }: Group, intent: Intent): Finding[] {
  if (intent.accepted || intent.isUnknown) return [];
  const [event] = events;
  return event ? [phantom(placeOf(event), `${nameOf(intent)} was refused; it is there.`)] : [];
}

function unasked({ stream, events }: Group, unanswered: Map<string, number>): Finding[] {
  const left = unanswered.get(stream) ?? 0;
  unanswered.set(stream, left - 1);
  const [event] = events;
  if (left > 0 || !event) return [];
  return [phantom(placeOf(event), `No command asked for ${event.type}.`)];
}

function phantomsOfJournal(world: World): Finding[] {
  return world.state.journal
    .filter((event) => !world.events.has(placeOf(event)))
    .map((event) => phantom(placeOf(event), `${event.type} is in the journal, not in the log.`));
}
