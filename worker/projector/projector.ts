/** What advance and builds work with, made for one invocation: the app, a tenant's database, the objects behind it. */

import type { StoredEvent } from '../../core/aggregate/event.ts';
import { DEFAULT_TENANT, objectName } from '../../core/aggregate/stream.ts';
import type { App } from '../../core/app.ts';
import type { Incident, KnownIncident, ResolvedIncident } from '../../core/failures/incident.ts';
import type { Watch } from '../../core/live/watch.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import { reportIncidents, resolveIncidents, takeDeliveries } from '../incidents/incidents.ts';
import { type DispatchReactions, reactionDispatcher } from '../reactions/dispatch-reactions.ts';
import { type LedgeEnv, liveStub } from '../runtime/env.ts';
import type { Log } from '../runtime/log.ts';
import type { Machinery } from '../runtime/machinery.ts';

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
  readonly dispatchReactions: DispatchReactions;
  /** Sees to it that a projection's builds go on. */
  readonly wakeBuild: (projection: string) => Promise<unknown>;
  /** Tells a tenant's Live object that rows which it watches have changed. */
  readonly notifyLiveObject: (
    tenant: string,
    shard: number,
    watches: readonly Watch[],
  ) => Promise<unknown>;
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
    dispatchReactions: reactionDispatcher(machinery, env),
    wakeBuild: (projection) => env.REBUILD.getByName(projection).wake(),
    reportIncidents: (incidents) => reportIncidents(env, platform.log, incidents),
    resolveIncidents: (resolved) => resolveIncidents(env, platform.log, resolved),
    takeDeliveries: async (limit) => {
      const taken = await takeDeliveries(env, limit);
      return taken.filter(({ tenant }) => platform.database(env, tenant) === database);
    },
    notifyLiveObject: (tenant, shard, watches) => liveStub(env, tenant, shard).changed(watches),
  };
}
