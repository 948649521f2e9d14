/** The Worker: classes that `wrangler types` can name. */
import { ledge } from 'ledge/worker';
import { app } from './app.ts';

const worker = ledge(app, { queue: 'history-events' });

export class AggregateObject extends worker.AggregateObject {}
export class HealthObject extends worker.HealthObject {}
export class LiveObject extends worker.LiveObject {}
export class RebuildObject extends worker.RebuildObject {}

// Compiles with the bindings as `wrangler types` writes them, none of which is `any`.
export default {
  fetch: (request, env, ctx) => worker.fetch(request, env, ctx),
  queue: (batch, env) => worker.queue(batch, env),
  scheduled: (controller, env) => worker.scheduled(controller, env),
} satisfies ExportedHandler<Env>;

type IsAny<Type> = 0 extends 1 & Type ? true : false;
export const anyBindings: readonly [IsAny<Env['AGGREGATE']>, IsAny<Env['LIVE']>] = [false, false];
