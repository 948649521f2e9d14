/** The HTTP API: which path leads where, who may enter, and what happens to everything else. */

import { Hono } from 'hono';
import { auditOperations } from '../administration/audit-operations.ts';
import { missingTable } from '../health/missing-table.ts';
import { underBasePath } from '../http/base-path.ts';
import { type ApiTypes, checkAccess } from '../http/check-access.ts';
import { answerOrigins } from '../http/cors.ts';
import { declaredNeeds } from '../http/declared-needs.ts';
import { endHead } from '../http/head.ts';
import { logRequests } from '../http/log-requests.ts';
import type { MountPath } from '../http/need.ts';
import { problemResponse } from '../http/problem-response.ts';
import type { Routes } from '../http/routes.ts';
import { standardHeaders } from '../http/standard-headers.ts';
import { unavailableBy } from '../http/unavailable.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { aggregatesRoute } from './routes/aggregates.ts';
import { asyncapiRoute } from './routes/asyncapi.ts';
import { auditRoute } from './routes/audit.ts';
import { batchRoute } from './routes/batch.ts';
import { commandRoute } from './routes/commands.ts';
import { deadLettersRoute, redriveRoute } from './routes/dead-letters.ts';
import { eventsRoute } from './routes/events.ts';
import { healthRoute } from './routes/health.ts';
import { incidentsRoute } from './routes/incidents.ts';
import { keysRoute } from './routes/keys.ts';
import { liveRoute } from './routes/live.ts';
import { meRoute } from './routes/me.ts';
import { noRoute } from './routes/no-route.ts';
import { openapiRoute } from './routes/openapi.ts';
import { pagesRoute } from './routes/pages.ts';
import { problemsRoute } from './routes/problems.ts';
import { projectionsRoute } from './routes/projections.ts';
import { queriesRoute } from './routes/queries.ts';
import { readyRoute } from './routes/ready.ts';
import { explorerRoute, referenceRoute, startRoute } from './routes/reference.ts';
import { restoreRoute } from './routes/restore.ts';
import { sagasRoute } from './routes/sagas.ts';
import { simulateRoute } from './routes/simulate.ts';
import { streamsRoute } from './routes/streams.ts';
import { timersRoute } from './routes/timers.ts';
import { sweepRoute, verifyRoute } from './routes/verification.ts';

/** @throws where a route declares no need, which would be open to everyone */
export function createApi(machinery: Machinery): Hono<ApiTypes> {
  const { basePath } = machinery;
  const api = new Hono<ApiTypes>();
  const declared = declaredNeeds(api, basePath);
  api.use('*', logRequests(machinery));
  api.use('*', endHead);
  api.use('*', standardHeaders);
  api.use('*', (context, next) => {
    context.set('basePath', basePath);
    return next();
  });
  api.use('*', answerOrigins);
  api.use('*', checkAccess(machinery, declared.ofContext));
  api.use('*', auditOperations(machinery));
  const mount = (path: MountPath, { hono }: Routes) =>
    api.route(underBasePath(path, basePath), hono);
  mount('/health', healthRoute());
  mount('/v1/commands', batchRoute(machinery));
  mount('/v1/commands', commandRoute(machinery));
  mount('/v1/aggregates', aggregatesRoute(machinery));
  mount('/v1/simulate', simulateRoute(machinery));
  mount('/v1/streams', streamsRoute(machinery));
  mount('/v1/events', eventsRoute(machinery));
  mount('/v1/queries', queriesRoute(machinery));
  mount('/v1/live', liveRoute(machinery));
  mount('/v1/me', meRoute());
  mount('/v1/keys', keysRoute(machinery));
  mount('/v1/audit', auditRoute(machinery));
  mount('/v1/sagas', sagasRoute(machinery));
  mount('/v1/timers', timersRoute(machinery));
  mount('/v1/projections', projectionsRoute(machinery));
  mount('/v1/dead-letters', deadLettersRoute(machinery));
  mount('/v1/incidents', incidentsRoute());
  mount('/v1/redrive', redriveRoute(machinery));
  mount('/v1/restore', restoreRoute(machinery));
  mount('/v1/verify', verifyRoute(machinery));
  mount('/v1/sweep', sweepRoute(machinery));
  mount('/ready', readyRoute(machinery));
  mount('/openapi.json', openapiRoute(machinery));
  mount('/asyncapi.json', asyncapiRoute(machinery));
  mount('/', startRoute(machinery));
  mount('/reference', referenceRoute(machinery));
  mount('/openapi-explorer.min.js', explorerRoute(machinery));
  mount('/pages', pagesRoute(machinery));
  mount('/problems', problemsRoute(machinery));
  declared.assertAll();
  api.notFound(noRoute(api));
  api.onError((error) => {
    const known = unavailableBy(error) ?? missingTable(machinery.app, error);
    return problemResponse(known ?? { outcome: 'failed' }, basePath);
  });
  return api;
}
