/** Makes a projector for one invocation: the app's plans, this tenant's database, the objects behind it. */
import { objectName } from '../../core/stream.ts';
import type { LedgeEnv } from '../env.ts';
import type { Machinery } from '../machinery.ts';
import type { Projector } from './advance.ts';

export function projectorFor(
  { app, platform }: Machinery,
  env: LedgeEnv,
  database: D1Database,
): Projector {
  return {
    app,
    database,
    log: platform.log,
    readStream: (tenant, stream, after, limit) =>
      env.AGGREGATE.getByName(objectName(tenant, stream)).events({ after, limit }),
  };
}
