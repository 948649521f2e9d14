/**
 * Checks every request before its route runs: its caller is authenticated, and authorized by the need of the route. A
 * route without a need is refused.
 */

import type { Context, MiddlewareHandler } from 'hono';
import { type CallerLimits, limitsOf, unlimited } from '../../core/access/caller-limits.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { type Rights, ungranted } from '../../core/access/rights.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { Viewer } from '../../core/projection/row-scope.ts';
import { KnownBearers } from '../access/known-bearers.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { noTokens } from '../runtime/issuer.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { type AuthenticatedCaller, callerOf } from './authenticate-caller.ts';
import { loginFor } from './login-for.ts';
import type { Need } from './need.ts';
import { problemResponse } from './problem-response.ts';
import { limitedRefusal, overRequests } from './request-limits.ts';
import { rightsOf } from './rights-of.ts';

/** What Hono carries through a request. */
export interface ApiTypes {
  Bindings: LedgeEnv;
  /** `audit`: of a route that operates. */
  Variables: { caller: AuthorizedCaller; basePath: string; audit: OperationRecord };
}

/** The record of an operation in the audit trail. */
export interface OperationRecord {
  /** A failure: it is not recorded, and must not be done. */
  begin(reason: string | undefined): Promise<Failure | undefined>;
}

export interface AuthorizedCaller extends AuthenticatedCaller {
  readonly rights: Rights;
  readonly limits: CallerLimits;
}

/** The rows that a caller may see. */
export function viewerOf({ tenant, rights }: AuthorizedCaller): Viewer {
  return { tenant, rows: rights.rows };
}

/** `needOf`: of the route that will run; undefined where a route declares none, which is refused. */
export function checkAccess(
  machinery: Machinery,
  needOf: (context: Context<ApiTypes>) => Need | undefined,
  rates: RateLimits,
): MiddlewareHandler<ApiTypes> {
  const { nowMs } = machinery.platform;
  const keys = { bearers: new KnownBearers(), nowMs };
  const [issuer] = machinery.issuers;
  const check = { machinery, keys, tokens: issuer?.tokens.checkOf(machinery) ?? noTokens };
  return async (context, next) => {
    const need = needOf(context);
    if (need === 'public') return next();
    const caller = need ? await callerOf(check, context.req.raw, context.env) : undeclared;
    const { env, req } = context;
    if ('outcome' in caller) {
      const login = caller.outcome === 'unauthorized' && loginFor(machinery, context);
      if (login) return login;
      const failure = await limitedRefusal(rates, env, req.raw.headers, caller);
      return problemResponse(failure, machinery.basePath);
    }
    const limits = caller.isUnrestricted ? unlimited : limitsOf(machinery.access, caller.roles);
    const authorized = { ...caller, limits, rights: rightsOf(machinery, caller) };
    const refused =
      (await overRequests(rates, env, caller, limits)) ?? refusedBy(need, authorized, req.method);
    if (refused) return problemResponse(refused, machinery.basePath);
    context.set('caller', authorized);
    return next();
  };
}

const undeclared: Failure = { outcome: 'failed' };

function refusedBy(
  need: Exclude<Need, 'public'> | undefined,
  { tenant, roles, rights }: AuthorizedCaller,
  method: string,
): Failure | undefined {
  if (need === 'admin' && !roles.includes('admin')) return notAdmin;
  if (need === 'auditor') {
    return roles.some((role) => role === 'operator' || role === 'admin') ? undefined : notAuditor;
  }
  if (need === undefined || need === 'principal' || need === 'admin') return undefined;
  if (tenant === OWN_TENANT) return withoutData;
  if (need === 'caller' || roles.includes('operator')) return undefined;
  if (need === 'operator') return notOperator;
  if (method === 'GET' || method === 'HEAD') {
    return rights.mayInspect(need) ? undefined : ungranted(`inspect ${need}`);
  }
  return rights.mayOperate(need) ? undefined : ungranted(`operate ${need}`);
}

const notAdmin: Failure = { outcome: 'forbidden', detail: 'Only an administrator may call this.' };
const notOperator: Failure = { outcome: 'forbidden', detail: 'Only an operator may call this.' };
const notAuditor: Failure = {
  outcome: 'forbidden',
  detail: 'Only an operator or an administrator may call this.',
};
const withoutData: Failure = {
  outcome: 'forbidden',
  detail: 'This credential administers the deployment; it reaches no data of an app.',
};
