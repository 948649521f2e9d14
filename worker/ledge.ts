/**
 * Puts the machinery around an app: what `worker/index.ts` exports. The objects get what they need of the Worker's
 * side from here, so that neither imports the other's inside.
 */
import type { App } from '../core/app.ts';
import { aggregateObject } from '../durable-objects/index.ts';
import { createApi } from './api.ts';
import { consumeEvents } from './consumers/consume-events.ts';
import type { LedgeEnv } from './env.ts';
import { cloudflare, type Platform } from './platform.ts';
import { readCheckpoints } from './projector/checkpoints.ts';

/**
 * The handlers and object classes of a Ledge Worker.
 *
 * @example const { AggregateObject, ...worker } = ledge(app);
 * export { AggregateObject };
 * export default worker;
 */
export function ledge(app: App, overrides: Partial<Platform> = {}) {
  const platform = { ...cloudflare, ...overrides };
  const machinery = { app, platform };
  const api = createApi(machinery);
  return {
    fetch: (request: Request, env: LedgeEnv, ctx: ExecutionContext) => api.fetch(request, env, ctx),
    queue: (batch: MessageBatch<unknown>, env: LedgeEnv) => consumeEvents(machinery, batch, env),
    AggregateObject: aggregateObject<LedgeEnv>(app, {
      nowMs: platform.nowMs,
      newId: platform.newId,
      sendEvents: platform.sendEvents,
      log: platform.log,
      projectedVersion: async (env, tenant, stream) => {
        const [checkpoint] = await readCheckpoints(platform.database(env, tenant), [
          { tenant, stream },
        ]);
        return checkpoint?.version ?? 0;
      },
    }),
  };
}
