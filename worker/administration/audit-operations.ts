/**
 * In front of every route that operates: opens the record of its operation, and closes it with the response. The route
 * records the request once its input is valid, so that what is refused writes nothing.
 */
import type { MiddlewareHandler } from 'hono';
import { databaseName } from '../api/inputs/databases.ts';
import type { ApiTypes } from '../http/api-types.ts';
import { isAudited, isAuditedRead } from '../http/audited-routes.ts';
import { belowBasePath } from '../http/base-path.ts';
import { problemResponse } from '../http/problem-response.ts';
import { routeOf } from '../http/route-of.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { OperationAudit } from './operation-audit.ts';

export const REASON_HEADER = 'Ledge-Reason';

export function auditOperations({ platform, basePath }: Machinery): MiddlewareHandler<ApiTypes> {
  return async (context, next) => {
    const { method, path } = context.req;
    const pattern = belowBasePath(routeOf(context)?.path ?? '', basePath);
    const { isVisiting = false } = context.get('caller') ?? {};
    const isOperation = isAudited(method, pattern);
    if (!isOperation && !isAuditedRead(method, pattern) && !isVisiting) return next();
    const audit = new OperationAudit({
      ...{ env: context.env, platform, caller: context.get('caller') },
      operation: `${method} ${pattern}`,
      target: `${belowBasePath(path, basePath)}${namedDatabase(context.req.query('database'))}`,
      reason: context.req.header(REASON_HEADER),
    });
    context.set('audit', audit);
    // What an operator of the deployment reads in a tenant is recorded there too.
    if (!isOperation && isVisiting) {
      const refused = await audit.begin(undefined);
      if (refused) return problemResponse(refused, basePath);
    }
    await next();
    if (audit.isBegun) await audit.end(context.res.status);
    else if (context.res.ok) throw new Error(`${method} ${pattern} has recorded no operation.`);
  };
}

/** What is no name is refused by the route, and is in no trail. */
function namedDatabase(name: string | undefined): string {
  return databaseName.safeParse(name).success ? `?database=${name}` : '';
}
