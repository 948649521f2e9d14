/**
 * Checks every request before its route runs: its caller is authenticated, and authorized by the need of the route. A
 * route without a need is refused.
 */

import type { Context, MiddlewareHandler } from 'hono';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { KnownBearers } from '../access/known-bearers.ts';
import type { Quotas } from '../access/quotas.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import { noTokens } from '../runtime/issuer.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { admittedCaller } from './admit-caller.ts';
import type { ApiTypes } from './api-types.ts';
import { needOfInbound } from './inbound-need.ts';
import { loginFor } from './login-for.ts';
import type { Need } from './need.ts';
import { problemResponse } from './problem-response.ts';
import { PublicAccess } from './public-access.ts';
import { refusedBy } from './refused-by-need.ts';
import { limitedRefusal } from './request-limits.ts';
import { rightsOf } from './rights-of.ts';
import { slideSession } from './slide-session.ts';

/** `needOf`: of the route that will run; undefined where a route declares none, which is refused. */
export function checkAccess(
  machinery: Machinery,
  needOf: (context: Context<ApiTypes>) => Need | undefined,
  rates: RateLimits,
  quotas: Quotas,
): MiddlewareHandler<ApiTypes> {
  const { nowMs } = machinery.platform;
  const keys = { bearers: new KnownBearers(), nowMs };
  const [issuer] = machinery.issuers;
  const tokens = issuer?.tokens.checkOf(machinery) ?? noTokens;
  const check = { machinery, keys, tokens, rates, quotas, anyone: PublicAccess.of(machinery) };
  return async (context, next) => {
    const declared = needOf(context);
    const need = declared === 'inbound' ? needOfInbound(machinery.app, context) : declared;
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
