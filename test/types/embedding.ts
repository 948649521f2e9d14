/** What `ledge(app, options)` asks of a Worker's environment, pinned: each marked line must not compile. */
import { ledge } from 'ledge/worker';
import { app } from '../other-app/app.ts';

interface Objects {
  readonly AGGREGATE: DurableObjectNamespace;
  readonly HEALTH: DurableObjectNamespace;
  readonly LIVE: DurableObjectNamespace;
  readonly REBUILD: DurableObjectNamespace;
  readonly EVENTS: Queue<string>;
}

interface Renamed extends Objects {
  readonly ORDERS_DB: D1Database;
  readonly TOKEN: string;
}

const renamed = ledge(app, {
  bindings: { DB: 'ORDERS_DB' },
  authenticate: ({ headers }, { TOKEN }: Renamed) =>
    headers.get('authorization') === TOKEN ? { id: 'service:shop', tenant: 'main' } : undefined,
});

export const handlers = {
  fetch: (request, env) => renamed.fetch(request, env),
  queue: (batch, env) => renamed.queue(batch, env),
  scheduled: (controller, env) => renamed.scheduled(controller, env),
} satisfies ExportedHandler<Renamed>;

export class AggregateObject extends renamed.AggregateObject {}

export const withoutTheDatabase = (request: Request, env: Objects) =>
  // @ts-expect-error the environment lacks ORDERS_DB and TOKEN
  renamed.fetch(request, env);

// @ts-expect-error there is no such binding
ledge(app, { bindings: { DATABASE: 'ORDERS_DB' } });

// @ts-expect-error a principal has a tenant
ledge(app, { authenticate: () => ({ id: 'user:ann' }) });

// @ts-expect-error claims have names
ledge(app, { authenticate: () => ({ id: 'user:ann', tenant: 'main', claims: 'ann' }) });

/** Without an annotation the environment is that of the bindings. */
ledge(app, {
  bindings: { DB: 'ORDERS_DB' },
  authenticate: async (_request, env) => {
    await env.ORDERS_DB.prepare('SELECT 1').run();
    // @ts-expect-error DB is called ORDERS_DB
    await env.DB.prepare('SELECT 1').run();
    return undefined;
  },
});
