/** The settled version of a stream, which its object's alarm asks for. */

import type { App } from '../../core/app.ts';
import type { StreamPosition } from '../../core/plan/plan-stream.ts';
import { keyOf, liveSubscribers, type ServingSet } from '../../core/plan/projection-version.ts';
import { readPositions } from './positions.ts';

type StreamId = Pick<StreamPosition, 'tenant' | 'stream'>;

/**
 * The version that every active generation has. A generation that is parked on this stream, paused or being built does
 * not count: it catches up by other means.
 */
export async function settledVersion(
  app: App,
  database: D1Database,
  stream: StreamId,
): Promise<number> {
  // A replica may answer: versions only grow, and a restore brings every listed stream back by itself.
  const [settled = 0] = await settledVersions(app, database, [stream], 'first-unconstrained');
  return settled;
}

/** The same for many streams in one read, in their order. */
export async function settledVersions(
  app: App,
  database: D1Database,
  streams: readonly StreamId[],
  start: D1SessionConstraint = 'first-primary',
): Promise<number[]> {
  const { set, positions } = await readPositions(database, streams, start);
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
