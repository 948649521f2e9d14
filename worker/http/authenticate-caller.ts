/**
 * Authenticates a request: by the embedding app's `authenticate`, or by API keys. Fails closed: without both only a server
 * that was started for local development answers, to names of its own machine and to pages of its own origin.
 */
import type { ReadKey } from '../../core/access/key-reference.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { LogLine } from '../../core/failures/log-line.ts';
import { type KeyCheck, keyPrincipal } from '../access/key-principal.ts';
import { hasKeys } from '../access/secrets.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import {
  type ApiKeyPrincipal,
  type Authenticate,
  type Claims,
  checkedPrincipal,
  MalformedPrincipal,
  type Principal,
} from '../runtime/principal.ts';
import { LOCAL_DEVELOPER, refusedLocally } from './local-developer.ts';
import { type Credential, refusedOrigin } from './origins.ts';
import { offeredToken } from './socket-credential.ts';
import { unavailableBy } from './unavailable.ts';

/** Taken from the credential, never from the path, the query or the body. */
export interface Caller {
  readonly tenant: string;
  readonly actor: string;
}

/** With the rights and the ends of its credential. */
export interface AuthenticatedCaller extends Caller {
  /** What authenticated the caller: the audit trail names it. */
  readonly credential?: string | undefined;
  readonly roles: readonly string[];
  readonly claims: Claims;
  /** Everything but operating is granted, whatever the access rules: local development. */
  readonly isUnrestricted?: true;
  readonly expiresAt?: Date | undefined;
  /** The end of a socket or an event stream that it opens; left out: there is none. */
  readonly opensUntil?: Date | undefined;
  /** The API key that let it in; left out: something else did. */
  readonly key?: ReadKey | undefined;
}

export interface CredentialCheck {
  readonly machinery: Machinery;
  readonly keys: KeyCheck;
}

const unauthorized: Failure = { outcome: 'unauthorized' };

/** A given `authenticate` alone decides: the variable for local development has no effect beside it. */
export function callerOf(
  check: CredentialCheck,
  request: Request,
  env: LedgeEnv,
): Promise<AuthenticatedCaller | Failure> | AuthenticatedCaller | Failure {
  const { authenticate } = check.machinery;
  if (authenticate) {
    return authenticatedBy(check, request, env, (headers, apiKey) =>
      namedBy(authenticate, withoutBody(request, headers), env, apiKey),
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

async function namedBy(
  authenticate: Authenticate<LedgeEnv>,
  ...given: Parameters<Authenticate<LedgeEnv>>
): Promise<Principal | undefined> {
  const named: unknown = await authenticate(...given);
  return checkedPrincipal(named);
}

type PrincipalOf = (headers: Headers, apiKey: ApiKeyPrincipal) => Promise<Principal | undefined>;

async function authenticatedBy(
  { machinery: { platform }, keys }: CredentialCheck,
  request: Request,
  env: LedgeEnv,
  principalOf: PrincipalOf,
): Promise<AuthenticatedCaller | Failure> {
  const headers = headersWithToken(request);
  const refused = refusedOrigin(request, env, credentialOf(headers));
  let key: ReadKey | undefined;
  const apiKey = async () => {
    const keyed = await keyPrincipal(keys, headers, env);
    // A hook that asks for a key depends on it, whatever principal it makes of the answer.
    key = keyed?.key;
    return keyed?.principal;
  };
  try {
    const principal = await principalOf(headers, apiKey);
    if (!principal) return unauthorized;
    const { id: actor, tenant, roles = [], claims = {}, expiresAt, opensUntil } = principal;
    const { credential = 'authenticate' } = principal;
    if (expiresAt && expiresAt.getTime() <= platform.nowMs()) return unauthorized;
    return (
      refused ?? {
        ...{ actor, tenant, roles, claims, credential, expiresAt, key },
        opensUntil: earliest(opensUntil, expiresAt),
      }
    );
  } catch (error) {
    platform.log('error', { operation: 'authenticate', ...malformed(error), error });
    return unavailableBy(error) ?? { outcome: 'failed' };
  }
}

function earliest(...given: readonly (Date | undefined)[]): Date | undefined {
  const times = given.flatMap((date) => date?.getTime() ?? []);
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

function malformed(error: unknown): Pick<LogLine, 'note' | 'members'> {
  if (!(error instanceof MalformedPrincipal)) return {};
  return { note: 'the principal of authenticate is malformed', members: error.members };
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
