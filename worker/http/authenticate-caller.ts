/**
 * Authenticates a request: by the embedding app's `authenticate`, or by API keys and the JWTs of declared issuers. Fails
 * closed: without all of them only a server that was started for local development answers, to names of its own machine
 * and to pages of its own origin.
 */
import { keyName, type ReadKey } from '../../core/access/key-reference.ts';
import type { Command } from '../../core/aggregate/command.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { LogLine } from '../../core/failures/log-line.ts';
import { hasKeys, tagSecrets } from '../access/secrets.ts';
import { hasSessionCookie, sessionIn } from '../access/session.ts';
import type { Ticket } from '../access/ticket.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { IssuerKeysUnknown } from '../runtime/issuer.ts';
import type { Machinery } from '../runtime/machinery.ts';
import {
  type Authenticate,
  type Claims,
  checkedPrincipal,
  MalformedPrincipal,
  type Principal,
  principalOfBinding,
} from '../runtime/principal.ts';
import { LOCAL_DEVELOPER, refusedLocally } from './local-developer.ts';
import { refusedOrigin } from './origins.ts';
import { sessionCaller, ticketCaller } from './referenced-caller.ts';
import { ACCESS_HEADER, type CredentialChecks, RequestCredentials } from './request-credentials.ts';
import { offeredTicket } from './socket-credential.ts';
import { isTrusted, trustedProperties } from './trusted-requests.ts';
import { unavailableBy, withJitter } from './unavailable.ts';

/** Taken from the credential, never from the path, the query or the body. */
export interface Caller {
  readonly tenant: string;
  readonly actor: string;
  /** What authenticated the caller: its events and the audit trail name it. Left out: nothing that has a name. */
  readonly credential?: string | undefined;
}

/** What a command carries of its caller, for the metadata of its events. */
export function commandOrigin({
  actor,
  credential,
}: Caller): Pick<Command, 'actor' | 'credential'> {
  return { actor, ...(credential !== undefined && { credential }) };
}

/** With the rights and the ends of its credential. */
export interface AuthenticatedCaller extends Caller {
  readonly roles: readonly string[];
  readonly claims: Claims;
  /** It has no credential, and what the role `public` grants. */
  readonly isPublic?: true;
  /** Of a caller without a credential: the network that it is counted by. */
  readonly network?: string;
  /** Everything but operating is granted, whatever the access rules: local development. */
  readonly isUnrestricted?: true;
  readonly expiresAt?: Date | undefined;
  /** An operator of the deployment in the tenant that it has named. */
  readonly isVisiting?: true;
  /** The end of a socket or an event stream that it opens; left out: there is none. */
  readonly opensUntil?: Date | undefined;
  /** The API key that let it in; left out: something else did. */
  readonly key?: ReadKey | undefined;
  /** Of a session that has less than half of its time: the answer carries it. */
  readonly setCookie?: string | undefined;
  /** With what it opens its socket; left out: with something that may be used again. */
  readonly ticket?: Pick<Ticket, 'id' | 'shard' | 'expiresAtMs'> | undefined;
}

export interface CredentialCheck extends CredentialChecks {
  readonly machinery: Machinery;
}

/**
 * A binding of the account and a ticket name their caller, whatever else is sent. Otherwise a given `authenticate` alone
 * decides: the variable for local development has no effect beside it.
 */
export function callerOf(
  check: CredentialCheck,
  request: Request,
  env: LedgeEnv,
): Promise<AuthenticatedCaller | Failure> | AuthenticatedCaller | Failure {
  if (isTrusted(request)) return trustedCaller(check.machinery, request);
  const { authenticate, basePath, issuers } = check.machinery;
  const ticket = offeredTicket(request, basePath);
  // Without a secret there are no tickets: local development then answers without a credential.
  if (ticket !== undefined && tagSecrets(env).length > 0) {
    const refused = refusedOrigin(request, env, 'header');
    return refused ?? answered(check.machinery, () => ticketCaller(check.keys, ticket, env));
  }
  if (authenticate) {
    return authenticatedBy(check, request, env, ({ apiKey, jwt }) =>
      namedBy(authenticate, withoutBody(request), env, apiKey, jwt),
    );
  }
  const areChecked = hasKeys(env) || issuers.length > 0;
  // In local development a credential that is sent is checked, and one that is not sent is not required.
  if (env.LEDGE_LOCAL_DEVELOPMENT === 'true' && !(areChecked && hasCredential(request))) {
    return refusedLocally(request, env) ?? LOCAL_DEVELOPER;
  }
  const session = sessionIn(env, check.keys.nowMs(), request.headers);
  if (session && !hasCredential(request)) {
    const refused = refusedOrigin(request, env, 'session');
    return refused ?? answered(check.machinery, () => sessionCaller(check.keys, session, env));
  }
  return authenticatedBy(check, request, env, byKeyOrToken);
}

function trustedCaller(
  machinery: Machinery,
  request: Request,
): Promise<AuthenticatedCaller | Failure> {
  return answered(machinery, () => ({
    ...callerNamed(principalOfBinding(trustedProperties(request))),
    credential: 'service-binding',
  }));
}

async function byKeyOrToken({ apiKey, jwt }: RequestCredentials) {
  return (await apiKey()) ?? jwt();
}

function hasCredential({ headers }: Pick<Request, 'headers'>): boolean {
  return ['authorization', ACCESS_HEADER].some((name) => headers.has(name));
}

/** Whether a request was refused for the want of a credential alone. A wrong one does not become none. */
export function isAnonymous({ outcome }: Failure, headers: Headers): boolean {
  return outcome === 'unauthorized' && !hasCredential({ headers }) && !hasSessionCookie(headers);
}

async function namedBy(
  authenticate: Authenticate<LedgeEnv>,
  ...given: Parameters<Authenticate<LedgeEnv>>
): Promise<Principal | undefined> {
  const named: unknown = await authenticate(...given);
  return checkedPrincipal(named);
}

type PrincipalOf = (credentials: RequestCredentials) => Promise<Principal | undefined>;

function authenticatedBy(
  { machinery, ...checks }: CredentialCheck,
  request: Request,
  env: LedgeEnv,
  principalOf: PrincipalOf,
): Promise<AuthenticatedCaller | Failure> {
  const credentials = new RequestCredentials(checks, request.headers, env);
  const refused = refusedOrigin(request, env, credentials.kind);
  return answered(machinery, async () => {
    const principal = await principalOf(credentials);
    if (!principal) return { outcome: 'unauthorized', why: credentials.refused };
    const { expiresAt } = principal;
    if (expiresAt && expiresAt.getTime() <= machinery.platform.nowMs()) {
      return { outcome: 'unauthorized', why: 'expired' };
    }
    return refused ?? callerNamed(principal, credentials.key);
  });
}

/** What throws lets nothing in. */
async function answered(
  { platform }: Machinery,
  callerNow: () => Promise<AuthenticatedCaller | Failure> | AuthenticatedCaller,
): Promise<AuthenticatedCaller | Failure> {
  try {
    return await callerNow();
  } catch (error) {
    platform.log('error', { operation: 'authenticate', ...malformed(error), error });
    return failureOf(error);
  }
}

/** `key`: that a hook has asked for, which names the credential where the hook does not. */
function callerNamed(
  { id: actor, tenant, roles = [], claims = {}, ...others }: Principal,
  key?: ReadKey,
): AuthenticatedCaller {
  const { credential = key && keyName(key), expiresAt, opensUntil } = others;
  return {
    ...{ actor, tenant, roles, claims, credential, expiresAt, key },
    opensUntil: earliest(opensUntil, expiresAt),
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof IssuerKeysUnknown) {
    const detail = 'The keys of the issuer of this token are not known now.';
    return { outcome: 'unavailable', detail, retryAfterSeconds: withJitter(1) };
  }
  return unavailableBy(error) ?? { outcome: 'failed' };
}

function earliest(...given: readonly (Date | undefined)[]): Date | undefined {
  const times = given.flatMap((date) => date?.getTime() ?? []);
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

function malformed(error: unknown): Pick<LogLine, 'note' | 'members'> {
  if (!(error instanceof MalformedPrincipal)) return {};
  return { note: 'the principal of authenticate is malformed', members: error.members };
}

/** The body is left for the route. */
function withoutBody({ url, method, headers, cf }: Request): Request {
  return new Request(url, { method, headers, ...(cf && { cf }) });
}
