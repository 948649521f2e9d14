/**
 * Pages of other origins: none is allowed until `LEDGE_ALLOWED_ORIGINS` names it. CORS keeps a page from reading answers;
 * here requests are refused that a browser would send with more rights than the page has.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { type LedgeEnv, namesIn } from '../runtime/env.ts';

/**
 * What lets a request in. A header was written by the caller itself; a cookie is added by the browser, whatever page
 * sends the request; a session is a cookie of Ledge's own, for this origin's pages alone; a server on the browser's own
 * machine is reached by every page that the browser shows.
 */
export type Credential = 'header' | 'cookie' | 'session' | 'machine';

/** Why a request is refused for the page that sent it; undefined where it is not. */
export function refusedOrigin(
  request: Request,
  env: LedgeEnv,
  credential: Credential,
): Failure | undefined {
  // CORS does not guard WebSockets: a browser opens one to any origin, for any page.
  if (credential === 'header' && !isUpgrade(request)) return undefined;
  const origin = request.headers.get('origin');
  if (origin === null) return isOfStranger(request, credential) ? NO_ORIGIN : undefined;
  if (origin === new URL(request.url).origin) return undefined;
  const isAllowed = credential !== 'session' && allowedOrigins(env).includes(origin);
  return isAllowed ? undefined : FOREIGN_ORIGIN;
}

const FOREIGN_ORIGIN: Failure = {
  outcome: 'forbidden',
  detail:
    'A page of another origin sent this. LEDGE_ALLOWED_ORIGINS names the origins that are allowed.',
};

const NO_ORIGIN: Failure = {
  outcome: 'forbidden',
  detail: 'A cookie is accepted only from pages of this origin. Send the credential in a header.',
};

/** Without an `Origin`: a browser sends one with everything that changes something. */
function isOfStranger(request: Request, credential: Credential): boolean {
  if (credential === 'session' && !['GET', 'HEAD'].includes(request.method)) return true;
  return ['cookie', 'session'].includes(credential) && !isOfOwnPage(request);
}

/** A browser leaves `Origin` out of a page's reads of its own origin, and says so in a header that no page can set. */
function isOfOwnPage({ headers }: Request): boolean {
  return ['same-origin', 'none'].includes(headers.get('sec-fetch-site') ?? '');
}

/** Of any kind: each would leave HTTP, and its rules, behind. */
export function isUpgrade({ headers }: Request): boolean {
  return headers.has('upgrade');
}

export function allowedOrigins({ LEDGE_ALLOWED_ORIGINS }: LedgeEnv): string[] {
  return namesIn(LEDGE_ALLOWED_ORIGINS);
}
