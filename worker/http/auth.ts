/**
 * Checks every request before its route runs: authenticates the caller, by the embedding app's `authenticate` or by API
 * keys, and authorizes it by the route's need. Fails closed: without both only a server that was started for local
 * development answers, to names of its own machine and to pages of its own origin.
 */

import type { Context, MiddlewareHandler } from 'hono';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { Role } from '../../core/access/roles.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { type KeyCheck, keyPrincipal } from '../access/key-principal.ts';
import { KeyStates } from '../access/key-states.ts';
import { hasKeys } from '../access/secrets.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import {
  type ApiKeyPrincipal,
  type Authenticate,
  checkedPrincipal,
  MalformedPrincipal,
} from '../runtime/principal.ts';
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
  /** The end of a socket or an event stream that it opens; left out: there is none. */
  readonly opensUntil?: Date | undefined;
}

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
  const check: AccessCheck = { machinery, keys: { states: new KeyStates(nowMs), nowMs } };
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

interface AccessCheck {
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

/** A given `authenticate` alone decides: the variable for local development has no effect beside it. */
function callerOf(
  check: AccessCheck,
  request: Request,
  env: LedgeEnv,
): Promise<AuthenticatedCaller | Failure> | AuthenticatedCaller | Failure {
  const { authenticate } = check.machinery;
  if (authenticate) {
    return authenticatedBy(check, request, env, (headers, apiKey) =>
      authenticate(withoutBody(request, headers), env, apiKey),
    );
  }
  const byKeys = hasKeys(env);
  // In local development a key that is sent is checked, and one that is not sent is not required.
  if (env.LEDGE_LOCAL_DEVELOPMENT === 'true' && !(byKeys && hasToken(request))) {
    return refusedLocally(request, env) ?? LOCAL_DEVELOPER;
  }
  if (!byKeys) return unauthorized;
  return authenticatedBy(check, request, env, (_headers, apiKey) => apiKey());
}

function hasToken(request: Request): boolean {
  return request.headers.has('authorization') || offeredToken(request) !== undefined;
}

type PrincipalOf = (
  headers: Headers,
  apiKey: ApiKeyPrincipal,
) => ReturnType<Authenticate<LedgeEnv>>;

async function authenticatedBy(
  { machinery: { platform }, keys }: AccessCheck,
  request: Request,
  env: LedgeEnv,
  principalOf: PrincipalOf,
): Promise<AuthenticatedCaller | Failure> {
  const headers = headersWithToken(request);
  const refused = refusedOrigin(request, env, credentialOf(headers));
  try {
    const named: unknown = await principalOf(headers, () => keyPrincipal(keys, headers, env));
    if (named === undefined || named === null) return unauthorized;
    const { id, expiresAt, opensUntil, ...principal } = checkedPrincipal(named);
    if (expiresAt && expiresAt.getTime() <= platform.nowMs()) return unauthorized;
    return (
      refused ?? {
        ...{ ...principal, actor: id, expiresAt },
        opensUntil: earliest(opensUntil, expiresAt),
      }
    );
  } catch (error) {
    platform.log('error', { operation: 'authenticate', ...describedError(error) });
    return unavailableBy(error) ?? { outcome: 'failed' };
  }
}

function earliest(...given: readonly (Date | undefined)[]): Date | undefined {
  const times = given.flatMap((date) => date?.getTime() ?? []);
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/** Where it was thrown, without its message: what refuses a credential may quote it. */
function describedError(error: unknown) {
  return error instanceof MalformedPrincipal ? { error: error.message } : errorOrigin(error);
}

/** A token that was offered as a subprotocol is moved to where every other token is. */
function headersWithToken(request: Request): Headers {
  const token = offeredToken(request);
  if (token === undefined || request.headers.has('authorization')) return request.headers;
  const headers = new Headers(request.headers);
  headers.set('authorization', `Bearer ${token}`);
  return headers;
}

/** The body is left for the route. */
function withoutBody({ url, method, cf }: Request, headers: Headers): Request {
  return new Request(url, { method, headers, ...(cf && { cf }) });
}

/**
 * The kind of credential, as far as it can be seen: a header that a page can only send where CORS allows it, a cookie
 * that the browser adds for every page, or something else that may be the machine's own.
 */
function credentialOf(headers: Headers): Credential {
  if (headers.has('authorization')) return 'header';
  return headers.has('cookie') ? 'cookie' : 'machine';
}
