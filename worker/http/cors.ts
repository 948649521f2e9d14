/**
 * CORS for the pages that `LEDGE_ALLOWED_ORIGINS` names. Runs before the credentials are looked at, because a preflight
 * carries none.
 */
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { ApiTypes } from './api-types.ts';
import { allowedOrigins, isUpgrade } from './origins.ts';

const REQUEST_HEADERS = [
  'authorization',
  'consistent-with',
  'content-type',
  'd1-bookmark',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'ledge-reason',
  'occurred-at',
  'traceparent',
];

const ANSWER_HEADERS = [
  'consistency-token',
  'd1-bookmark',
  'etag',
  'idempotency-replayed',
  'link',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
];

/** How long a browser may go by an answer. Ours. */
const MAX_AGE_SECONDS = 600;

const answerPages = cors({
  origin: (origin, { env }) => (allowedOrigins(env).includes(origin) ? origin : null),
  allowMethods: ['GET', 'POST'],
  allowHeaders: REQUEST_HEADERS,
  exposeHeaders: ANSWER_HEADERS,
  maxAge: MAX_AGE_SECONDS,
});

/** The answer to an upgrade takes no headers. */
export const answerOrigins: MiddlewareHandler<ApiTypes> = (context, next) => {
  if (isUpgrade(context.req.raw) || allowedOrigins(context.env).length === 0) return next();
  return answerPages(context, next);
};
