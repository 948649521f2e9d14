import type { EventMetadata, RecordedEvent } from '../aggregate/event.ts';

/**
 * How many reactions an event may be away from the command of a caller. Ours: no process that was meant is so deep, and a
 * circle of reactors or sagas comes there within seconds. What a timer does begins again, so that a process may repeat
 * itself every day.
 */
export const HOPS_MAX = 100;

interface Caused {
  readonly metadata: Pick<EventMetadata, 'hops'>;
}

export function hopsOf({ metadata }: Caused): number {
  return metadata.hops ?? 0;
}

/** Thrown where a reaction would be too far away: the event is parked for that subscriber, for an operator to look at. */
export class TooManyHops extends Error {
  override readonly name = 'TooManyHops';
}

/**
 * What follows from an event, if it is near enough to its beginning.
 *
 * @throws TooManyHops
 */
export function withinHops<Reaction>(
  event: RecordedEvent,
  reactions: readonly Reaction[],
): readonly Reaction[] {
  if (reactions.length === 0 || hopsOf(event) < HOPS_MAX) return reactions;
  const { stream, version } = event;
  throw new TooManyHops(
    `${stream}@${version} is ${HOPS_MAX} reactions away from the command of a caller: reactors or sagas start each other in a circle. Mend them and discard this.`,
  );
}
