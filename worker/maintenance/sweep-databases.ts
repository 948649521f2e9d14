/** Sweeps several databases side by side, as an operator asks for it. */
import { projectorFor } from '../projector/projector.ts';
import type { Placement } from '../runtime/databases.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { registeredStreams } from './registered-streams.ts';
import { sweep } from './sweep.ts';
import type { SweepResult } from './walk-streams.ts';

/** @throws the first failure, after all databases */
export async function sweepDatabases(
  machinery: Machinery,
  env: LedgeEnv,
  placements: readonly Placement[],
  streams: number,
): Promise<SweepResult> {
  const registered = registeredStreams(machinery, env, streams);
  const swept = await Promise.allSettled(
    placements.map((placement) =>
      sweep(projectorFor(machinery, env, placement), {
        ...{ streams, pace: 'now' },
        registered: () => registered(placement),
      }),
    ),
  );
  return summed(
    swept.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    }),
  );
}

export function summed(swept: readonly SweepResult[]): SweepResult {
  return {
    streams: swept.reduce((sum, { streams }) => sum + streams, 0),
    behind: swept.flatMap(({ behind }) => behind),
    repaired: swept.reduce((sum, { repaired }) => sum + repaired, 0),
    done: swept.every(({ done }) => done),
  };
}
