/**
 * What Ledge needs of the world: clock, ids, queue, database, log. Arguments of `ledge(app)`, so that tests and
 * benches put faults around the real platform; everyone else takes the defaults.
 */
import { v7 } from 'uuid';
import type { LedgeEnv } from './env.ts';
import { type Log, logLine } from './log.ts';

export interface Platform {
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly sendEvents: (env: LedgeEnv, message: string) => Promise<unknown>;
  /** The one way to D1, and the door to one database per tenant. */
  readonly database: (env: LedgeEnv, tenant: string) => D1Database;
  readonly log: Log;
}

export const cloudflare: Platform = {
  nowMs: () => Date.now(),
  newId: () => v7(),
  sendEvents: (env, message) => env.EVENTS.send(message, { contentType: 'text' }),
  database: (env) => env.DB,
  log: logLine,
};
