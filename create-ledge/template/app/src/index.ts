/** The Worker: its handlers, and the classes of its Durable Objects in the form that `wrangler types` can name. */
import { ledge } from 'ledge/worker';
import { app } from './app.ts';

const worker = ledge(app);

export class AggregateObject extends worker.AggregateObject {}
export class HealthObject extends worker.HealthObject {}
export class GroupObject extends worker.GroupObject {}
export class LiveObject extends worker.LiveObject {}
export class RebuildObject extends worker.RebuildObject {}
export class SubscriptionObject extends worker.SubscriptionObject {}

export default {
  fetch: (request, env, ctx) => worker.fetch(request, env, ctx),
  queue: (batch, env) => worker.queue(batch, env),
  scheduled: (controller, env) => worker.scheduled(controller, env),
} satisfies ExportedHandler<Env>;
