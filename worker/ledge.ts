/**
 * Puts the machinery around an app: what `worker/index.ts` exports. The objects get what they need of the Worker's
 * side from here, so that neither imports the other's inside.
 */
import type { App } from '../core/app.ts';
import { aggregateObject, type Ports, rebuildObject } from '../durable-objects/index.ts';
import { createApi } from './api.ts';
import { buildPage } from './builds/build-page.ts';
import { consumeDeadMessages } from './consumers/consume-dead-messages.ts';
import { consumeEvents } from './consumers/consume-events.ts';
import type { LedgeEnv } from './env.ts';
import type { Machinery } from './machinery.ts';
import { cloudflare, type Platform } from './platform.ts';
import { wholeProjector } from './projector/projector.ts';
import { settledVersion } from './projector/settled-version.ts';
import { sweep } from './upkeep/sweep.ts';

/** How many streams a tick of the cron looks at: each costs a request to its object. */
const SWEPT_STREAMS = 100;

/**
 * The handlers and object classes of a Ledge Worker.
 *
 * @example const { AggregateObject, RebuildObject, ...worker } = ledge(app);
 * export { AggregateObject, RebuildObject };
 * export default worker;
 */
export function ledge(app: App, overrides: Partial<Platform> = {}) {
  const machinery = { app, platform: { ...cloudflare, ...overrides } };
  const api = createApi(machinery);
  const ports = portsOf(machinery);
  return {
    fetch: (request: Request, env: LedgeEnv, ctx: ExecutionContext) => api.fetch(request, env, ctx),
    queue: (batch: MessageBatch<unknown>, env: LedgeEnv) =>
      isDead(batch)
        ? consumeDeadMessages(machinery, batch, env)
        : consumeEvents(machinery, batch, env),
    scheduled: async (_controller: ScheduledController, env: LedgeEnv): Promise<void> => {
      await sweep(wholeProjector(machinery, env), SWEPT_STREAMS);
    },
    AggregateObject: aggregateObject<LedgeEnv>(app, ports),
    RebuildObject: rebuildObject<LedgeEnv>(ports),
  };
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
    buildPage: (env, projection) => buildPage(wholeProjector(machinery, env), projection),
  };
}
