/** Where a browser without a session is led that opens a page: to the login page, and back afterwards. */
import type { Context } from 'hono';
import { hasSessions } from '../access/session.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { belowBasePath } from './base-path.ts';

/** The addresses of pages. Everything else is for programs, which get a problem. */
const PAGE = /^\/($|reference$|console(\/|$)|pages\/)/;

/** Undefined where there is no session to open, or where a credential was sent that is not valid. */
export function loginFor(
  { authenticate, basePath }: Machinery,
  { env, req }: Pick<Context, 'env' | 'req'> & { readonly env: LedgeEnv },
): Response | undefined {
  if (authenticate || !hasSessions(env) || req.raw.headers.has('authorization')) return undefined;
  const { pathname, search } = new URL(req.url);
  const isPage = req.method === 'GET' && PAGE.test(belowBasePath(pathname, basePath));
  if (!isPage || !req.header('accept')?.includes('text/html')) return undefined;
  const location = `${basePath}/login?redirect=${encodeURIComponent(pathname + search)}`;
  return new Response(null, { status: 302, headers: { location, 'cache-control': 'no-store' } });
}
