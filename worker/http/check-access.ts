/**
 * Checks every request before its route runs: its caller is authenticated, and authorized by the need of the route. A
 * route without a need is refused.
 */

import type { Context, MiddlewareHandler } from 'hono';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { type Rights, ungranted } from '../../core/access/rights.ts';
import type { Suspension } from '../../core/access/tenant.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { Viewer } from '../../core/projection/row-scope.ts';
import { KnownBearers } from '../access/known-bearers.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { noTokens } from '../runtime/issuer.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { type AuthenticatedCaller, type CredentialCheck, callerOf } from './authenticate-caller.ts';
import { loginFor } from './login-for.ts';
import { inNamedTenant } from './named-tenant.ts';
import type { Need } from './need.ts';
import { problemResponse } from './problem-response.ts';
import { rightsOf } from './rights-of.ts';
import { slideSession } from './slide-session.ts';
import { unavailableBy } from './unavailable.ts';

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
): MiddlewareHandler<ApiTypes> {
  const { nowMs } = machinery.platform;
  const keys = { bearers: new KnownBearers(), nowMs };
  const [issuer] = machinery.issuers;
  const tokens = issuer?.tokens.checkOf(machinery) ?? noTokens;
  const check = { machinery, keys, tokens };
  return async (context, next) => {
    const need = needOf(context);
    if (need === 'public') return next();
    const caller = need ? await admittedCaller(check, context, need) : undeclared;
    if ('outcome' in caller) {
      const login = caller.outcome === 'unauthorized' && loginFor(machinery, context);
      return login || problemResponse(caller, machinery.basePath);
    }
    const authorized = { ...caller, rights: rightsOf(machinery, caller) };
    const refused = refusedBy(need, authorized, context.req.method);
    if (refused) return problemResponse(refused, machinery.basePath);
    context.set('caller', authorized);
    await next();
    slideSession(authorized, context.res);
  };
}

const undeclared: Failure = { outcome: 'failed' };

type AdmittedCaller = Omit<AuthorizedCaller, 'rights'>;

/** A caller whose tenant is in the directory and lets it in. */
async function admittedCaller(
  check: CredentialCheck,
  { env, req }: Context<ApiTypes>,
  need: Need,
): Promise<AdmittedCaller | Failure> {
  const caller = await callerOf(check, req.raw, env);
  // The tenant of local development is in no directory.
  if ('outcome' in caller || caller.isUnrestricted) return { suspension: null, ...caller };
  const { platform, tenants } = check.machinery;
  try {
    const admission = await tenants.admission(env, caller);
    if ('outcome' in admission) return admission;
    const placed = await inNamedTenant(tenants, env, caller, need, req.raw);
    return 'outcome' in placed ? placed : { ...placed, ...admission };
  } catch (error) {
    platform.log('error', { operation: 'authenticate', error });
    return unavailableBy(error) ?? { outcome: 'failed' };
  }
}

function refusedBy(
  need: Exclude<Need, 'public'> | undefined,
  { tenant, roles, rights, isVisiting, isUnrestricted }: AuthorizedCaller,
  method: string,
): Failure | undefined {
  const isOperator = roles.includes('operator');
  if (need === 'platform') {
    const isOfDeployment = tenant === OWN_TENANT || isVisiting || isUnrestricted;
    return isOperator && isOfDeployment ? undefined : notPlatform;
  }
  if (need === 'admin' && !roles.includes('admin')) return notAdmin;
  if (need === 'auditor') {
    return roles.some((role) => role === 'operator' || role === 'admin') ? undefined : notAuditor;
  }
  if (need === undefined || need === 'principal' || need === 'admin') return undefined;
  // The dead letters of the deployment are messages that no tenant has sent.
  if (tenant === OWN_TENANT) return isOperator && need === 'dead-letters' ? undefined : withoutData;
  if (need === 'caller' || isOperator) return undefined;
  if (need === 'operator') return notOperator;
  if (method === 'GET' || method === 'HEAD') {
    return rights.mayInspect(need) ? undefined : ungranted(`inspect ${need}`);
  }
  return rights.mayOperate(need) ? undefined : ungranted(`operate ${need}`);
}

const notAdmin: Failure = { outcome: 'forbidden', detail: 'Only an administrator may call this.' };
const notOperator: Failure = { outcome: 'forbidden', detail: 'Only an operator may call this.' };
const notPlatform: Failure = {
  outcome: 'forbidden',
  detail: `Only an operator of the deployment may call this: a principal of the tenant ${OWN_TENANT} with the role operator.`,
};
const notAuditor: Failure = {
  outcome: 'forbidden',
  detail: 'Only an operator or an administrator may call this.',
};
const withoutData: Failure = {
  outcome: 'forbidden',
  detail: 'This credential administers the deployment; it reaches no data of an app.',
};
