/** The HTTP API: which path leads where, who may enter, and what happens to everything else. */
import { Hono } from 'hono';
import { type ApiTypes, authenticate } from './http/auth.ts';
import { answerOrigins } from './http/origins.ts';
import { problemResponse } from './http/problem-response.ts';
import type { Machinery } from './machinery.ts';
import { aggregatesRoute } from './routes/aggregates.ts';
import { asyncapiRoute } from './routes/asyncapi.ts';
import { batchRoute } from './routes/batch.ts';
import { commandRoute } from './routes/commands.ts';
import { deadLettersRoute, redriveRoute } from './routes/dead-letters.ts';
import { eventsRoute } from './routes/events.ts';
import { liveRoute } from './routes/live.ts';
import { openapiRoute } from './routes/openapi.ts';
import { pagesRoute } from './routes/pages.ts';
import { problemsRoute } from './routes/problems.ts';
import { projectionsRoute } from './routes/projections.ts';
import { queriesRoute } from './routes/queries.ts';
import { referenceRoutes } from './routes/reference.ts';
import { sagasRoute } from './routes/sagas.ts';
import { simulateRoute } from './routes/simulate.ts';
import { streamsRoute } from './routes/streams.ts';
import { timersRoute } from './routes/timers.ts';
import { unanswered } from './routes/unanswered.ts';
import { verificationRoutes } from './routes/verification.ts';

export function createApi(machinery: Machinery): Hono<ApiTypes> {
  const api = new Hono<ApiTypes>();
  api.get('/health', () => Response.json({ status: 'ok' }));
  api.use('*', answerOrigins);
  api.use('*', authenticate);
  api.route('/v1/commands', batchRoute(machinery));
  api.route('/v1/commands', commandRoute(machinery));
  api.route('/v1/aggregates', aggregatesRoute(machinery));
  api.route('/v1/simulate', simulateRoute(machinery));
  api.route('/v1/streams', streamsRoute(machinery));
  api.route('/v1/events', eventsRoute(machinery));
  api.route('/v1/queries', queriesRoute(machinery));
  api.route('/v1/live', liveRoute(machinery));
  api.route('/v1/sagas', sagasRoute(machinery));
  api.route('/v1/timers', timersRoute(machinery));
  api.route('/v1/projections', projectionsRoute(machinery));
  api.route('/v1/dead-letters', deadLettersRoute(machinery));
  api.route('/v1/redrive', redriveRoute(machinery));
  api.route('/v1', verificationRoutes(machinery));
  api.route('/openapi.json', openapiRoute(machinery));
  api.route('/asyncapi.json', asyncapiRoute());
  api.route('/', referenceRoutes());
  api.route('/pages', pagesRoute());
  api.route('/problems', problemsRoute());
  api.notFound(unanswered(api));
  api.onError((error, context) => {
    const { method, path } = context.req;
    machinery.platform.log('error', { operation: 'http', method, path, error: String(error) });
    return problemResponse({ outcome: 'failed' });
  });
  return api;
}
