/** The HTTP API: which path leads where, who may enter, and what happens to everything else. */
import { Hono } from 'hono';
import { type ApiTypes, authenticate } from './http/auth.ts';
import { problemResponse } from './http/problem-response.ts';
import type { Machinery } from './machinery.ts';
import { aggregatesRoute } from './routes/aggregates.ts';
import { batchRoute } from './routes/batch.ts';
import { commandRoute } from './routes/commands.ts';
import { queriesRoute } from './routes/queries.ts';
import { streamsRoute } from './routes/streams.ts';

export function createApi(machinery: Machinery): Hono<ApiTypes> {
  const api = new Hono<ApiTypes>();
  api.get('/health', () => Response.json({ status: 'ok' }));
  api.use('*', authenticate);
  api.route('/v1/commands', batchRoute(machinery));
  api.route('/v1/commands', commandRoute(machinery));
  api.route('/v1/aggregates', aggregatesRoute(machinery));
  api.route('/v1/streams', streamsRoute(machinery));
  api.route('/v1/queries', queriesRoute(machinery));
  api.notFound((context) =>
    problemResponse({ outcome: 'unknown', what: 'resource', name: context.req.path }),
  );
  api.onError((error, context) => {
    const { method, path } = context.req;
    machinery.platform.log('error', { operation: 'http', method, path, error: String(error) });
    return problemResponse({ outcome: 'failed' });
  });
  return api;
}
