/** What advance and builds work with, made for one invocation: the app, a tenant's database, the objects behind it. */
import type { App } from '../../core/app.ts';
import { PAGE_BYTES_MAX } from '../../core/bytes.ts';
import type { StoredEvent } from '../../core/event.ts';
import type { Incident, KnownIncident, ResolvedIncident } from '../../core/incident.ts';
import { DEFAULT_TENANT, objectName } from '../../core/stream.ts';
import type { Watch } from '../../core/watch.ts';
import { type LedgeEnv, liveStub } from '../env.ts';
import { reportIncidents, resolveIncidents, takeDeliveries } from '../health/incidents.ts';
import type { Log } from '../log.ts';
import type { Machinery } from '../machinery.ts';
import { type CarryOut, carryOutWith } from './carry-out.ts';

export interface Projector {
  readonly app: App;
  readonly database: D1Database;
  readonly nowMs: () => number;
  /** Reads a page of a stream from its object, which is the truth. It may end before its limit, with one event at least. */
  readonly readStream: (
    tenant: string,
    stream: string,
    after: number,
    limit: number,
    bytesMax?: number,
  ) => Promise<StoredEvent[]>;
  /** The newest version of a stream by its object. */
  readonly readHead: (tenant: string, stream: string) => Promise<number>;
  /** Does what a reactor wants. */
  readonly carryOut: CarryOut;
  /** Sees to it that a projection's builds go on. */
  readonly wakeBuild: (projection: string) => Promise<unknown>;
  /** Tells a tenant's Live object that rows which it watches have changed. */
  readonly tellLive: (tenant: string, shard: number, watches: readonly Watch[]) => Promise<unknown>;
  /** Makes visible what keeps streams from the journal, outside of D1. Never rejects. */
  readonly reportIncidents: (incidents: readonly Incident[]) => Promise<void>;
  /** Never rejects. */
  readonly resolveIncidents: (resolved: readonly ResolvedIncident[]) => Promise<void>;
  /** Registered streams of this database that were tried longest ago. */
  readonly takeDeliveries: (limit: number) => Promise<KnownIncident[]>;
  readonly log: Log;
}

/** For what belongs to no tenant: builds, the serving set, the sweep. */
export function wholeProjector(machinery: Machinery, env: LedgeEnv): Projector {
  const database = machinery.platform.database(env, DEFAULT_TENANT);
  return projectorFor(machinery, env, database);
}

export function projectorFor(machinery: Machinery, env: LedgeEnv, database: D1Database): Projector {
  const { app, platform } = machinery;
  return {
    app,
    database,
    nowMs: platform.nowMs,
    log: platform.log,
    // A stub may throw where it is made: as a promise that rejects, a failure has one form.
    readStream: async (tenant, stream, after, limit, bytesMax = PAGE_BYTES_MAX) =>
      env.AGGREGATE.getByName(objectName(tenant, stream)).events({ after, limit, bytesMax }),
    readHead: async (tenant, stream) =>
      env.AGGREGATE.getByName(objectName(tenant, stream)).headVersion(),
    carryOut: carryOutWith(machinery, env),
    wakeBuild: (projection) => env.REBUILD.getByName(projection).wake(),
    reportIncidents: (incidents) => reportIncidents(env, platform.log, incidents),
    resolveIncidents: (resolved) => resolveIncidents(env, platform.log, resolved),
    takeDeliveries: async (limit) => {
      const taken = await takeDeliveries(env, limit);
      return taken.filter(({ tenant }) => platform.database(env, tenant) === database);
    },
    tellLive: (tenant, shard, watches) => liveStub(env, tenant, shard).changed(watches),
  };
}
