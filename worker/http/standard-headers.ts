/**
 * What browsers and caches are asked for with every answer, whatever made it: to take the type at its word, to keep the
 * answer to the caller, and to embed it nowhere. An answer that says one of these itself, keeps what it says.
 */
import type { MiddlewareHandler } from 'hono';
import { isLoopback } from '../../core/protocol/loopback.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { ApiTypes } from './api-types.ts';
import { allowedOrigins } from './origins.ts';

const STANDARD = {
  'cache-control': 'private, no-cache',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** A year: what browsers' preload lists ask for at least. */
const STRICT_TRANSPORT = { 'strict-transport-security': 'max-age=31536000' };

export const standardHeaders: MiddlewareHandler<ApiTypes> = async (context, next) => {
  await next();
  const { env, req, res } = context;
  // The answer to an upgrade is no document, and its headers cannot be changed.
  if (res.webSocket) return;
  // In place: every other answer was made here, so its headers can be changed.
  for (const [name, value] of Object.entries(headersFor(req.raw, env))) {
    if (!res.headers.has(name)) res.headers.set(name, value);
  }
};

function headersFor({ headers, url }: Request, env: LedgeEnv): Readonly<Record<string, string>> {
  const { hostname, protocol } = new URL(url);
  const isAllowed = allowedOrigins(env).includes(headers.get('origin') ?? '');
  return {
    ...STANDARD,
    'cross-origin-resource-policy': isAllowed ? 'cross-origin' : 'same-origin',
    // On localhost it would hold for every other server of this machine.
    ...(protocol === 'https:' && !isLoopback(hostname) && STRICT_TRANSPORT),
  };
}
