/**
 * The shop with a relay that keeps what it has: `POST /release` puts all of it on the queue at once.
 */
import { app } from '../../test/shop/app.ts';
import { ledge } from '../../worker/ledge.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { release } from './release.ts';

const kept: string[] = [];

const {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
  ...worker
} = ledge(app, {
  sendEvents: async (_env, message) => kept.push(message),
});

export {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
};

export default {
  ...worker,
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== '/release') return worker.fetch(request, env, ctx);
    return Response.json(await release(env.EVENTS, kept));
  },
} satisfies ExportedHandler<LedgeEnv>;
