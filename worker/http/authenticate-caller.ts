/**
 * Authenticates a request: by the embedding app's `authenticate`, or by API keys. Fails closed: without both only a server
 * that was started for local development answers, to names of its own machine and to pages of its own origin.
 */
import type { ReadKey } from '../../core/access/key-reference.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { type KeyCheck, keyPrincipal } from '../access/key-principal.ts';
import { hasKeys, tagSecrets } from '../access/secrets.ts';
import { sessionIn } from '../access/session.ts';
import type { Ticket } from '../access/ticket.ts';
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
import { errorOrigin } from './error-origin.ts';
import { LOCAL_DEVELOPER, refusedLocally } from './local-developer.ts';
import { type Credential, refusedOrigin } from './origins.ts';
import { sessionCaller, ticketCaller } from './referenced-caller.ts';
import { offeredTicket } from './socket-credential.ts';
import { unavailableBy } from './unavailable.ts';

/** Taken from the credential, never from the path, the query or the body. */
export interface Caller {
  readonly tenant: string;
  readonly actor: string;
}

/** With the rights and the ends of its credential. */
export interface AuthenticatedCaller extends Caller {
  readonly roles: readonly string[];
  readonly claims: Claims;
  /** Everything but operating is granted, whatever the access rules: local development. */
  readonly isUnrestricted?: true;
  readonly expiresAt?: Date | undefined;
  /** The end of a socket or an event stream that it opens; left out: there is none. */
  readonly opensUntil?: Date | undefined;
  /** The API key that let it in; left out: something else did. */
  readonly key?: ReadKey | undefined;
  /** With what it opens its socket; left out: with something that may be used again. */
  readonly ticket?: Pick<Ticket, 'id' | 'shard' | 'expiresAtMs'> | undefined;
}

export interface CredentialCheck {
  readonly machinery: Machinery;
  readonly keys: KeyCheck;
}

const unauthorized: Failure = { outcome: 'unauthorized' };

/**
 * A ticket was issued to a caller that was authenticated, so it counts everywhere. Otherwise a given `authenticate` alone
 * decides: the variable for local development has no effect beside it.
 */
export function callerOf(
  check: CredentialCheck,
  request: Request,
  env: LedgeEnv,
): Promise<AuthenticatedCaller | Failure> | AuthenticatedCaller | Failure {
  const { authenticate, basePath } = check.machinery;
  const ticket = offeredTicket(request, basePath);
  // Without a secret there are no tickets: local development then answers without a credential.
  if (ticket !== undefined && tagSecrets(env).length > 0) {
    const refused = refusedOrigin(request, env, 'header');
    return refused ?? answered(check, () => ticketCaller(check.keys, ticket, env));
  }
  if (authenticate) {
    return authenticatedBy(check, request, env, (apiKey) =>
      namedBy(authenticate, withoutBody(request), env, apiKey),
    );
  }
  const byKeys = hasKeys(env);
  // In local development a key that is sent is checked, and one that is not sent is not required.
  if (env.LEDGE_LOCAL_DEVELOPMENT === 'true' && !(byKeys && request.headers.has('authorization'))) {
    return refusedLocally(request, env) ?? LOCAL_DEVELOPER;
  }
  if (!byKeys) return unauthorized;
  const session = sessionIn(env, check.keys.nowMs(), request.headers);
  if (session && !request.headers.has('authorization')) {
    const refused = refusedOrigin(request, env, 'session');
    return refused ?? answered(check, () => sessionCaller(check.keys, session, env));
  }
  return authenticatedBy(check, request, env, (apiKey) => apiKey());
}

async function namedBy(
  authenticate: Authenticate<LedgeEnv>,
  ...given: Parameters<Authenticate<LedgeEnv>>
): Promise<Principal | undefined> {
  const named: unknown = await authenticate(...given);
  return checkedPrincipal(named);
}

type PrincipalOf = (apiKey: ApiKeyPrincipal) => Promise<Principal | undefined>;

function authenticatedBy(
  check: CredentialCheck,
  request: Request,
  env: LedgeEnv,
  principalOf: PrincipalOf,
): Promise<AuthenticatedCaller | Failure> {
  const { headers } = request;
  const refused = refusedOrigin(request, env, credentialOf(headers));
  let key: ReadKey | undefined;
  const apiKey = async () => {
    const keyed = await keyPrincipal(check.keys, headers, env);
    // A hook that asks for a key depends on it, whatever principal it makes of the answer.
    key = keyed?.key;
    return keyed?.principal;
  };
  return answered(check, async () => {
    const principal = await principalOf(apiKey);
    if (!principal) return unauthorized;
    const { id: actor, tenant, roles = [], claims = {}, expiresAt, opensUntil } = principal;
    if (expiresAt && expiresAt.getTime() <= check.keys.nowMs()) return unauthorized;
    return (
      refused ?? {
        ...{ actor, tenant, roles, claims, expiresAt, key },
        opensUntil: earliest(opensUntil, expiresAt),
      }
    );
  });
}

/** What throws lets nothing in. */
async function answered(
  { machinery: { platform } }: CredentialCheck,
  callerNow: () => Promise<AuthenticatedCaller | Failure>,
): Promise<AuthenticatedCaller | Failure> {
  try {
    return await callerNow();
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

/** The body is left for the route. */
function withoutBody({ url, method, headers, cf }: Request): Request {
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
