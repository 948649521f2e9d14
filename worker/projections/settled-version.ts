/** The settled version of a stream, which its object's alarm asks for. */

import type { App } from '../../core/app.ts';
import type { StreamPosition } from '../../core/plan/plan-stream.ts';
import { keyOf, liveSubscribers, type ServingSet } from '../../core/plan/projection-version.ts';
import { readPositions } from './positions.ts';

type StreamId = Pick<StreamPosition, 'tenant' | 'stream'>;

/** How far D1 has a stream, and the id of the event up to which the journal has it, where both are the same. */
export interface SettledStream {
  readonly version: number;
  readonly eventId?: string;
}

/**
 * The version that every active generation has. A generation that is parked on this stream, paused or being built does
 * not count: it catches up by other means.
 */
export async function settledVersion(
  app: App,
  database: D1Database,
  stream: StreamId,
): Promise<SettledStream> {
  // A replica may answer: versions only grow, and a restore brings every listed stream back by itself.
  const { set, positions } = await readPositions(database, [stream], 'first-unconstrained');
  const [position] = positions;
  if (!position) return { version: 0 };
  const version = settledIn(app, set, position);
  const { eventId } = position;
  return version === position.version && eventId !== undefined ? { version, eventId } : { version };
}

/** The same for many streams in one read, in their order. */
export async function settledVersions(
  app: App,
  database: D1Database,
  streams: readonly StreamId[],
): Promise<number[]> {
  const { set, positions } = await readPositions(database, streams);
  return positions.map((position) => settledIn(app, set, position));
}

/** The settled version of a position that was read with the serving set. */
export function settledIn(app: App, set: ServingSet, { version, lagging }: StreamPosition): number {
  const moving = liveSubscribers(app, set).map(keyOf);
  const catchingUp = lagging.filter(
    ({ generation, parked }) => !parked && moving.some((key) => key === generation),
  );
  return Math.min(version, ...catchingUp.map((checkpoint) => checkpoint.version));
}
