/**
 * Checks every request before its route runs: its caller is authenticated, and authorized by the need of the route. A
 * route without a need is refused.
 */

import type { Context, MiddlewareHandler } from 'hono';
import type { CallerLimits } from '../../core/access/caller-limits.ts';
import type { Rights } from '../../core/access/rights.ts';
import type { Suspension } from '../../core/access/tenant.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { Viewer } from '../../core/projection/row-scope.ts';
import { KnownBearers } from '../access/known-bearers.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { noTokens } from '../runtime/issuer.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { admittedCaller } from './admit-caller.ts';
import type { AuthenticatedCaller } from './authenticate-caller.ts';
import { loginFor } from './login-for.ts';
import type { Need } from './need.ts';
import { problemResponse } from './problem-response.ts';
import { PublicAccess } from './public-access.ts';
import { refusedBy } from './refused-by-need.ts';
import { limitedRefusal } from './request-limits.ts';
import { rightsOf } from './rights-of.ts';
import { slideSession } from './slide-session.ts';

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
  /** Of its tenant, which takes no commands then; null: it is not suspended. */
  readonly suspension: Suspension | null;
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
  const tokens = issuer?.tokens.checkOf(machinery) ?? noTokens;
  const check = { machinery, keys, tokens, rates, anyone: PublicAccess.of(machinery) };
  return async (context, next) => {
    const need = needOf(context);
    if (need === 'public') return next();
    const { raw } = context.req;
    const caller = need ? await admittedCaller(check, raw, context.env, need) : undeclared;
    if ('outcome' in caller) {
      const login = caller.outcome === 'unauthorized' && loginFor(machinery, context);
      if (login) return login;
      const failure = await limitedRefusal(rates, context.env, raw.headers, caller);
      return problemResponse(failure, machinery.basePath);
    }
    const authorized = { ...caller, rights: rightsOf(machinery, caller) };
    const refused = refusedBy(need, authorized, raw.method);
    if (refused) return problemResponse(refused, machinery.basePath);
    context.set('caller', authorized);
    await next();
    if (caller.isPublic) check.anyone?.letCachesKeep(raw, context.res);
    else slideSession(authorized, context.res);
  };
}

const undeclared: Failure = { outcome: 'failed' };
