/**
 * The limit on chains of reactions: a circle of reactors or sagas ends in a parked event, and not in endless
 * commands.
 */

import type { EventMetadata, RecordedEvent } from '../aggregate/event.ts';

/**
 * The maximum number of reactions between an event and the caller's command. Our limit: no intended process is so deep,
 * and a cycle of reactors or sagas reaches it within seconds. A timer's command counts from zero, so that a process may
 * repeat every day.
 */
export const HOPS_MAX = 100;

interface Caused {
  readonly metadata: Pick<EventMetadata, 'hops'>;
}

export function hopsOf({ metadata }: Caused): number {
  return metadata.hops ?? 0;
}

/** Thrown for a reaction beyond the limit: the event is parked for that subscriber, and needs an operator. */
export class TooManyHops extends Error {
  override readonly name = 'TooManyHops';
}

/**
 * The reactions to an event, if it is within the limit.
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
