/** How far a stream is dealt with, which is what its object waits for. Called by the object's alarm. */
import type { StreamPosition } from '../../core/advance.ts';
import type { App } from '../../core/app.ts';
import { generationKey, inStep } from '../../core/generation.ts';
import { readPositions } from './positions.ts';

/**
 * What has arrived everywhere that moves: a generation that is parked on this stream, paused or being built is there
 * on purpose, and comes back by other ways.
 */
export async function settledVersion(
  app: App,
  database: D1Database,
  stream: Pick<StreamPosition, 'tenant' | 'stream'>,
): Promise<number> {
  const { set, positions } = await readPositions(database, [stream]);
  const moving = inStep(app, set).map(generationKey);
  const versions = positions.flatMap(({ version, stragglers }) => [
    version,
    ...stragglers
      .filter(({ generation, parked }) => !parked && moving.some((key) => key === generation))
      .map((straggler) => straggler.version),
  ]);
  return Math.min(...versions);
}
