/**
 * In front of the routes that read D1 for callers: refuses one whose quota of rows is used up, and counts what its request
 * has read, which D1 says afterwards.
 */
import type { MiddlewareHandler } from 'hono';
import type { Quotas } from '../access/quotas.ts';
import { RowsRead } from '../d1/rows-read.ts';
import type { ApiTypes } from './api-types.ts';
import { belowBasePath } from './base-path.ts';
import { problemResponse } from './problem-response.ts';

/** What else a caller asks is answered by objects. */
const READING = ['/v1/queries', '/v1/events', '/v1/streams', '/v1/live'];

export function countRows(quotas: Quotas, basePath: string): MiddlewareHandler<ApiTypes> {
  return async (context, next) => {
    const { caller } = context.var;
    const counted = caller?.quotas.rows ?? [];
    const path = belowBasePath(context.req.path, basePath);
    if (counted.length === 0 || !READING.some((one) => path.startsWith(one))) return next();
    const { env } = context;
    const refused = await quotas.take(env, caller.tenant, counted);
    if (refused) return problemResponse(refused, basePath);
    const own = RowsRead.in(env);
    context.env = own.env;
    await next();
    await quotas.charge(env, caller.tenant, counted, own.read.rows - 1);
  };
}
