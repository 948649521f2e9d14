/**
 * Puts the machinery around an app: what `worker/index.ts` exports. The objects get what they need of the Worker's
 * side from here, so that neither imports the other's inside.
 */
import type { App } from '../core/app.ts';
import {
  aggregateObject,
  type HealthPorts,
  healthObject,
  type LivePorts,
  liveObject,
  type ObjectClass,
  type Ports,
  rebuildObject,
} from '../durable-objects/index.ts';
import { createApi } from './api/router.ts';
import { consumeDeadMessages } from './consumers/consume-dead-messages.ts';
import { consumeEvents } from './consumers/consume-events.ts';
import { deliverRegistered, resolvedBy } from './health/deliver-registered.ts';
import { perDatabase } from './health/per-database.ts';
import { reportIncidents, resolveIncidents } from './incidents/incidents.ts';
import { liveQueries } from './live/live-query.ts';
import { readFrame } from './live/read-frame.ts';
import { Steps } from './maintenance/steps.ts';
import { sweep } from './maintenance/sweep.ts';
import { notifyPending } from './notifications/notify-live-objects.ts';
import { beginWatch, endWatch } from './notifications/registrations.ts';
import { settledVersion, settledVersions } from './projections/settled-version.ts';
import { buildPage } from './projections/versions/build-page.ts';
import { wholeProjector } from './projector/projector.ts';
import { type LedgeBindings, type LedgeEnv, withCalls } from './runtime/env.ts';
import { type Machinery, machineryFor } from './runtime/machinery.ts';
import type { Platform } from './runtime/platform.ts';

/** How many streams a tick of the cron looks at: each costs a request to its object. */
const SWEPT_STREAMS = 100;

/** Of how many marked watches a tick of the cron notifies the Live objects. */
const NOTIFIED_WATCHES = 1_000;

export type { LedgeBindings, LedgeEnv, ObjectClass, Platform };

/** What a Worker exports: the handlers, and a class for each of its four bindings of objects. */
export interface LedgeWorker extends Readonly<Record<ObjectName, ObjectClass<LedgeBindings>>> {
  fetch(request: Request, env: LedgeBindings, ctx: ExecutionContext): Response | Promise<Response>;
  queue(batch: MessageBatch<unknown>, env: LedgeBindings): Promise<void>;
  scheduled(controller: ScheduledController, env: LedgeBindings): Promise<void>;
}

type ObjectName = 'AggregateObject' | 'HealthObject' | 'LiveObject' | 'RebuildObject';

/**
 * The handlers and object classes of a Ledge Worker.
 *
 * @example const { AggregateObject, HealthObject, LiveObject, RebuildObject, ...worker } = ledge(app);
 * export { AggregateObject, HealthObject, LiveObject, RebuildObject };
 * export default worker;
 */
export function ledge(app: App, overrides: Partial<Platform> = {}): LedgeWorker {
  const machinery = machineryFor(app, overrides);
  const api = createApi(machinery);
  return {
    fetch: (request, env, ctx) => api.fetch(request, withCalls(env), ctx),
    queue: (batch, env) =>
      isDead(batch)
        ? consumeDeadMessages(machinery, batch, withCalls(env))
        : consumeEvents(machinery, batch, withCalls(env)),
    scheduled: async (_controller, env) => {
      const projector = wholeProjector(machinery, withCalls(env));
      const steps = new Steps(machinery.platform.log);
      await steps.run('notify-watchers', () => notifyPending(projector, NOTIFIED_WATCHES));
      await steps.run('sweep', () => sweep(projector, SWEPT_STREAMS));
      steps.end();
    },
    ...objectsOf(machinery),
  };
}

function objectsOf(machinery: Machinery): Record<ObjectName, ObjectClass<LedgeBindings>> {
  const ports = portsOf(machinery);
  const objects: Record<ObjectName, ObjectClass<LedgeEnv>> = {
    AggregateObject: aggregateObject(machinery.app, ports),
    HealthObject: healthObject(healthPortsOf(machinery)),
    LiveObject: liveObject(livePortsOf(machinery)),
    RebuildObject: rebuildObject(ports),
  };
  // They get the Worker's bindings, of which `withCalls` is true.
  return objects as Record<ObjectName, ObjectClass<LedgeBindings>>;
}

/** The queue that gets what another one gave up on is called after it. */
function isDead({ queue }: MessageBatch<unknown>): boolean {
  return queue.endsWith('-dead');
}

function portsOf(machinery: Machinery): Ports<LedgeEnv> {
  const { app, platform } = machinery;
  return {
    nowMs: platform.nowMs,
    newId: platform.newId,
    sendEvents: platform.sendEvents,
    log: platform.log,
    projectedVersion: (env, tenant, stream) =>
      settledVersion(app, platform.database(env, tenant), { tenant, stream }),
    reportIncident: (env, incident) => reportIncidents(env, platform.log, [incident]),
    resolveIncident: (env, resolved) => resolveIncidents(env, platform.log, [resolved]),
    buildPage: (env, projection) => buildPage(wholeProjector(machinery, env), projection),
  };
}

function healthPortsOf(machinery: Machinery): HealthPorts<LedgeEnv> {
  const { app, platform } = machinery;
  return {
    nowMs: platform.nowMs,
    log: platform.log,
    settledVersions: (env, incidents) =>
      perDatabase(machinery, env, incidents, async ({ database }, own) => {
        const versions = await settledVersions(app, database, own);
        return own.map((incident, index) => ({
          ...{ incident, settledVersion: versions[index] ?? 0 },
        }));
      }),
    deliver: async (env, incidents) => {
      const delivered = await perDatabase(machinery, env, incidents, deliverRegistered);
      return delivered.map(resolvedBy);
    },
  };
}

function livePortsOf(machinery: Machinery): LivePorts<LedgeEnv> {
  const { nowMs, newId, log, database } = machinery.platform;
  return {
    nowMs,
    newId,
    log,
    readFrame,
    liveQuery: liveQueries(machinery),
    watch: (env, watch) => beginWatch(database(env, watch.tenant), watch),
    forget: (env, watch) => endWatch(database(env, watch.tenant), watch),
  };
}
