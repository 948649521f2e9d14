/**
 * A session of a browser: a cookie that names the API key it was opened with, and its end. Both are looked up with each
 * request, so a revocation of the key and an end of the session end every copy of the cookie.
 */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { KeyReference } from '../../core/access/key-reference.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { tagSecrets } from './secrets.ts';
import { signedText, signedValue } from './signed-text.ts';

/** The prefix binds it to this host and to https, and keeps other hosts of the domain from setting it. */
const COOKIE = '__Host-ledge';

const ATTRIBUTES = 'Secure; HttpOnly; SameSite=Strict; Path=/';

/** Ours: a working day without a request. */
export const SESSION_MS_MAX = 8 * 3_600_000;

/** Ours: a browser that is always in use signs in once a week. */
const SESSION_AGE_MS_MAX = 7 * 86_400_000;

/** A cookie with less is replaced with the answer to a request. */
const HALF_TIME_MS = SESSION_MS_MAX / 2;

const ID_BYTES = 12;

const session = z.strictObject({
  id: z.string(),
  keyId: z.string(),
  secretHash: z.string(),
  beganAtMs: z.number(),
  untilMs: z.number(),
});

export type BrowserSession = z.output<typeof session>;

export interface OpenedSession {
  readonly setCookie: string;
  readonly expiresAt: string;
}

/** Whether the deployment can sign one. */
export function hasSessions(env: LedgeEnv): boolean {
  return tagSecrets(env).length > 0;
}

/** Ends with the key at the latest. Undefined where the deployment has no secret to sign it with. */
export function openSession(
  env: LedgeEnv,
  nowMs: number,
  { keyId, secretHash }: KeyReference,
  keyEndsAt: Date | undefined,
): OpenedSession | undefined {
  const id = randomBytes(ID_BYTES).toString('base64url');
  const opened = { ...{ id, keyId, secretHash }, beganAtMs: nowMs, untilMs: nowMs };
  return withCookie(env, nowMs, prolonged(opened, nowMs, keyEndsAt));
}

/** The cookie that replaces one whose half-time is over; undefined where it need not, or cannot, last longer. */
export function slidCookie(
  env: LedgeEnv,
  nowMs: number,
  open: BrowserSession,
  keyEndsAt: Date | undefined,
): string | undefined {
  if (open.untilMs - nowMs >= HALF_TIME_MS) return undefined;
  const slid = prolonged(open, nowMs, keyEndsAt);
  return slid.untilMs > open.untilMs ? withCookie(env, nowMs, slid)?.setCookie : undefined;
}

function prolonged(open: BrowserSession, nowMs: number, keyEndsAt?: Date): BrowserSession {
  const ends = [nowMs + SESSION_MS_MAX, open.beganAtMs + SESSION_AGE_MS_MAX];
  return { ...open, untilMs: Math.min(...ends, keyEndsAt?.getTime() ?? Infinity) };
}

function withCookie(env: LedgeEnv, nowMs: number, open: BrowserSession): OpenedSession | undefined {
  const [secret] = tagSecrets(env);
  if (secret === undefined) return undefined;
  const text = signedText(secret, 'session', open);
  const maxAgeSeconds = Math.floor((open.untilMs - nowMs) / 1_000);
  return {
    setCookie: `${COOKIE}=${text}; Max-Age=${maxAgeSeconds}; ${ATTRIBUTES}`,
    expiresAt: new Date(open.untilMs).toISOString(),
  };
}

export const endedSession = `${COOKIE}=; Max-Age=0; ${ATTRIBUTES}`;

/** Of whatever value. */
export function hasSessionCookie(headers: Headers): boolean {
  return (headers.get('cookie') ?? '').includes(`${COOKIE}=`);
}

/** Undefined without one that was signed here and has not ended. */
export function sessionIn(
  env: LedgeEnv,
  nowMs: number,
  headers: Headers,
): BrowserSession | undefined {
  const cookies = (headers.get('cookie') ?? '').split(';').map((cookie) => cookie.trim());
  const values = cookies.flatMap((cookie) =>
    cookie.startsWith(`${COOKIE}=`) ? [cookie.slice(COOKIE.length + 1)] : [],
  );
  const [value, ...others] = values;
  if (value === undefined || others.length > 0) return undefined;
  const read = signedValue(tagSecrets(env), 'session', session, value);
  return read && nowMs < read.untilMs ? read : undefined;
}
