/**
 * One line for a request: its route and never its address, whose path and query a caller chooses. Written where a
 * handler has thrown, and for every request where the deployment asks for it.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { type App, findList, findQuery } from '../../core/app.ts';
import type { LogLevel } from '../../core/failures/log-line.ts';
import type { Machinery } from '../runtime/machinery.ts';
import type { ApiTypes } from './api-types.ts';
import { routeOf } from './route-of.ts';

export function logRequests({ app, platform }: Machinery): MiddlewareHandler<ApiTypes> {
  return async (context, next) => {
    const beganMs = platform.nowMs();
    await next();
    // An error that a handler throws is kept by Hono, which has made a response of it.
    const { error, env } = context;
    if (!error && env.LEDGE_LOG_REQUESTS !== 'true') return;
    platform.log(levelOf(context), {
      operation: 'http',
      method: context.req.method,
      ...namesOf(app, context),
      ...{ status: context.res.status, durationMs: platform.nowMs() - beganMs },
      ...callerOf(context),
      ...(error && { error }),
    });
  };
}

function levelOf({ res: { status } }: Context<ApiTypes>): LogLevel {
  if (status >= 500) return 'error';
  return status === 401 || status === 403 ? 'warn' : 'info';
}

/** The route's pattern, and of what stands in its place the name of a query of the app alone. */
function namesOf(app: App, context: Context<ApiTypes>) {
  const route = routeOf(context)?.path ?? 'none';
  const place = route.split('/').indexOf(':name');
  const name = context.req.path.split('/')[place] ?? '';
  const query = findList(app, name)?.address ?? findQuery(app, name)?.name;
  return { route, ...(query !== undefined && { query }) };
}

/** Not set where the request was refused before its caller was known. */
function callerOf({ var: { caller } }: Context<ApiTypes>) {
  const known: typeof caller | undefined = caller;
  return known && { tenant: known.tenant, principal: known.actor };
}
