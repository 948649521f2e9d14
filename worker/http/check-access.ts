/**
 * Checks every request before its route runs: its caller is authenticated, and authorized by the need of the route. A
 * route without a need is refused.
 */

import type { Context, MiddlewareHandler } from 'hono';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { JwtCheck } from '../access/jwt/jwt-check.ts';
import { KnownBearers } from '../access/known-bearers.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { type AuthenticatedCaller, callerOf } from './authenticate-caller.ts';
import type { Need } from './need.ts';
import { problemResponse } from './problem-response.ts';

/** What Hono carries through a request. */
export interface ApiTypes {
  Bindings: LedgeEnv;
  Variables: { caller: AuthenticatedCaller; basePath: string };
}

/** `needOf`: of the route that will run; undefined where a route declares none, which is refused. */
export function checkAccess(
  machinery: Machinery,
  needOf: (context: Context<ApiTypes>) => Need | undefined,
): MiddlewareHandler<ApiTypes> {
  const { nowMs } = machinery.platform;
  const keys = { bearers: new KnownBearers(), nowMs };
  const check = { machinery, keys, jwts: new JwtCheck(machinery) };
  return async (context, next) => {
    const need = needOf(context);
    if (need === 'public') return next();
    const caller = need ? await callerOf(check, context.req.raw, context.env) : undeclared;
    const refused = 'outcome' in caller ? caller : refusedBy(need, caller);
    if (refused) return problemResponse(refused, machinery.basePath);
    if (!('outcome' in caller)) context.set('caller', caller);
    return next();
  };
}

const undeclared: Failure = { outcome: 'failed' };

function refusedBy(
  need: Need | undefined,
  { tenant, roles }: AuthenticatedCaller,
): Failure | undefined {
  if (need === 'admin' && !roles.includes('admin')) return notAdmin;
  if (need !== 'caller' && need !== 'operator') return undefined;
  if (tenant === OWN_TENANT) return withoutData;
  return need === 'operator' && !roles.includes('operator') ? notOperator : undefined;
}

const notAdmin: Failure = { outcome: 'forbidden', detail: 'Only an administrator may call this.' };
const notOperator: Failure = { outcome: 'forbidden', detail: 'Only an operator may call this.' };
const withoutData: Failure = {
  outcome: 'forbidden',
  detail: 'This credential administers the deployment; it reaches no data of an app.',
};
