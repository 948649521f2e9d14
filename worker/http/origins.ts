/**
 * Which pages of other origins may ask (CORS): none, until `LEDGE_ALLOWED_ORIGINS` names them. Stands before the
 * credentials, because a browser asks without any whether it may ask.
 */
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { LedgeEnv } from '../env.ts';
import type { ApiTypes } from './auth.ts';

const REQUEST_HEADERS = [
  'authorization',
  'consistent-with',
  'content-type',
  'd1-bookmark',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'occurred-at',
  'traceparent',
];

const ANSWER_HEADERS = [
  'consistency-token',
  'd1-bookmark',
  'etag',
  'idempotency-replayed',
  'link',
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

/** Browsers ask nobody before they open a WebSocket, and its answer takes no headers. */
export const answerOrigins: MiddlewareHandler<ApiTypes> = (context, next) => {
  const isSocket = context.req.header('upgrade') !== undefined;
  if (isSocket || allowedOrigins(context.env).length === 0) return next();
  return answerPages(context, next);
};

function allowedOrigins({ LEDGE_ALLOWED_ORIGINS: names = '' }: LedgeEnv): string[] {
  return names.split(',').flatMap((name) => name.trim() || []);
}
