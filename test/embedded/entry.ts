/** A bank's Worker with Ledge in it: every name is the bank's, and Ledge answers under `/ledge`. */
// #region embed
import { Hono } from 'hono';
import { ledge } from 'ledge/worker';
import { app } from '../other-app/app.ts';
import { authenticate } from './authenticate.ts';
import type { Env } from './env.ts';
import { sendMail } from './send-mail.ts';

const worker = ledge(app, {
  authenticate,
  // The bank's own sessions say which branches there are.
  tenants: 'open',
  basePath: '/ledge',
  queue: 'branch-events',
  bindings: {
    AGGREGATE: 'BANK_ACCOUNTS',
    HEALTH: 'BANK_HEALTH',
    LIVE: 'BANK_LIVE',
    REBUILD: 'BANK_BUILDS',
    EVENTS: 'BANK_EVENTS',
    DB: 'BANK_DB',
    ASSETS: 'BANK_ASSETS',
    RATE_DENIED: 'BANK_DENIED',
    RATE_LOW: 'BANK_RATE_LOW',
    RATE_HIGH: 'BANK_RATE_HIGH',
    RATE_STREAMS: 'BANK_NEW_STREAMS',
  },
});

export class AggregateObject extends worker.AggregateObject {}
export class HealthObject extends worker.HealthObject {}
export class LiveObject extends worker.LiveObject {}
export class RebuildObject extends worker.RebuildObject {}

const site = new Hono<{ Bindings: Env }>();
site.get('/', ({ text }) => text('The bank.'));
site.all('/ledge/*', ({ req, env }) => worker.fetch(req.raw, env));
// #endregion

/** For other Workers of the bank. */
export class Trusted extends worker.Trusted {}

// #region handlers
export default {
  fetch: site.fetch,
  queue: (batch, env) => (batch.queue === 'mail' ? sendMail(batch, env) : worker.queue(batch, env)),
  scheduled: (controller, env) => worker.scheduled(controller, env),
} satisfies ExportedHandler<Env>;
// #endregion
