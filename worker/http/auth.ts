/**
 * Judges every request before its route runs: the caller by the embedding app's `authenticate` or by API keys, what the
 * caller may call by the route's need. Fails closed: without both only a server that was started for local development
 * answers, to names of its own machine and to pages of its own origin.
 */

import type { Context, MiddlewareHandler } from 'hono';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { Role } from '../../core/access/roles.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { type KeyCheck, keyPrincipal, keySocketEnd } from '../access/key-principal.ts';
import { KeyStates } from '../access/key-states.ts';
import { hasKeys } from '../access/secrets.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { type Authenticate, checkedPrincipal, MalformedPrincipal } from '../runtime/principal.ts';
import { errorOrigin } from './error-origin.ts';
import { LOCAL_DEVELOPER, refusedLocally } from './local-developer.ts';
import type { Need } from './need.ts';
import { type Credential, refusedOrigin } from './origins.ts';
import { problemResponse } from './problem-response.ts';
import { offeredToken } from './socket-credential.ts';
import { unavailableBy } from './unavailable.ts';

/** Taken from the credential, never from the path, the query or the body. */
export interface Caller {
  readonly tenant: string;
  readonly actor: string;
}

/** With what its credential allows, and until when. */
export interface AuthenticatedCaller extends Caller {
  readonly roles: readonly Role[];
  readonly expiresAt?: Date | undefined;
  /** Until when a socket or an event stream that it opens may last; left out: as long as it is there. */
  readonly opensUntil?: Date | undefined;
}

/** What Hono carries through a request. */
export interface ApiTypes {
  Bindings: LedgeEnv;
  Variables: { caller: AuthenticatedCaller; basePath: string };
}

/** `needOf`: of the route that will run; undefined where a route declares none, which lets nothing in. */
export function judge(
  machinery: Machinery,
  needOf: (context: Context<ApiTypes>) => Need | undefined,
): MiddlewareHandler<ApiTypes> {
  const { nowMs } = machinery.platform;
  const door: Door = { machinery, keys: { states: new KeyStates(nowMs), nowMs } };
  return async (context, next) => {
    const need = needOf(context);
    if (need === 'public') return next();
    const caller = need ? await callerOf(door, context.req.raw, context.env) : undeclared;
    const refused = 'outcome' in caller ? caller : refusedBy(need, caller);
    if (refused) return problemResponse(refused, machinery.basePath);
    if (!('outcome' in caller)) context.set('caller', caller);
    return next();
  };
}

interface Door {
  readonly machinery: Machinery;
  readonly keys: KeyCheck;
}

const undeclared: Failure = { outcome: 'failed' };
const unauthorized: Failure = { outcome: 'unauthorized' };

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

/** A given `authenticate` alone decides: the variable for local development opens nothing beside it. */
function callerOf(
  door: Door,
  request: Request,
  env: LedgeEnv,
): Promise<AuthenticatedCaller | Failure> | AuthenticatedCaller | Failure {
  const { authenticate } = door.machinery;
  if (authenticate) return authenticatedBy(authenticate, door, request, env);
  const byKeys = hasKeys(env);
  // On the developer's machine a key is tried by sending it; what is not sent is not asked for.
  if (env.LEDGE_LOCAL_DEVELOPMENT === 'true' && !(byKeys && hasToken(request))) {
    return refusedLocally(request, env) ?? LOCAL_DEVELOPER;
  }
  return byKeys ? authenticatedBy(byKey, door, request, env) : unauthorized;
}

const byKey: Authenticate<LedgeEnv> = (_request, _env, apiKey) => apiKey();

function hasToken(request: Request): boolean {
  return request.headers.has('authorization') || offeredToken(request) !== undefined;
}

async function authenticatedBy(
  authenticate: Authenticate<LedgeEnv>,
  { machinery: { platform }, keys }: Door,
  request: Request,
  env: LedgeEnv,
): Promise<AuthenticatedCaller | Failure> {
  const shown = withoutBody(request);
  const refused = refusedOrigin(request, env, credentialOf(shown));
  let isByKey = false;
  try {
    const named: unknown = await authenticate(shown, env, () => {
      isByKey = true;
      return keyPrincipal(keys, shown, env);
    });
    if (named === undefined || named === null) return unauthorized;
    const { id, expiresAt, ...principal } = checkedPrincipal(named);
    if (expiresAt && expiresAt.getTime() <= platform.nowMs()) return unauthorized;
    const opensUntil = isByKey ? keySocketEnd(expiresAt, platform.nowMs()) : expiresAt;
    return refused ?? { ...principal, actor: id, expiresAt, opensUntil };
  } catch (error) {
    platform.log('error', { operation: 'authenticate', ...describedError(error) });
    return unavailableBy(error) ?? { outcome: 'failed' };
  }
}

/** Where it was thrown, without its message: what refuses a credential may quote it. */
function describedError(error: unknown) {
  return error instanceof MalformedPrincipal ? { error: error.message } : errorOrigin(error);
}

/** The body is left for the route, and a token that was offered as a subprotocol is where every token is. */
function withoutBody(request: Request): Request {
  const headers = new Headers(request.headers);
  const token = offeredToken(request);
  if (token !== undefined && !headers.has('authorization')) {
    headers.set('authorization', `Bearer ${token}`);
  }
  const { url, method, cf } = request;
  return new Request(url, { method, headers, ...(cf && { cf }) });
}

/**
 * What lets the request in, as far as it can be seen: a header that a page can only send where CORS allows it, a cookie
 * that the browser adds for every page, or something else that may be the machine's own.
 */
function credentialOf({ headers }: Request): Credential {
  if (headers.has('authorization')) return 'header';
  return headers.has('cookie') ? 'cookie' : 'machine';
}
