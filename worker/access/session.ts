/**
 * A session of a browser: a cookie that names the API key it was opened with, and its end. The key is looked up with each
 * request, so a revocation ends the session.
 */
import * as z from 'zod';
import type { KeyReference } from '../../core/access/key-reference.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { tagSecrets } from './secrets.ts';
import { signedText, signedValue } from './signed-text.ts';

/** The prefix binds it to this host and to https, and keeps other hosts of the domain from setting it. */
const COOKIE = '__Host-ledge';

const ATTRIBUTES = 'Secure; HttpOnly; SameSite=Strict; Path=/';

/** Ours: a working day. */
const SESSION_MS_MAX = 8 * 3_600_000;

const session = z.strictObject({
  keyId: z.string(),
  secretHash: z.string(),
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
  const [secret] = tagSecrets(env);
  if (secret === undefined) return undefined;
  const untilMs = Math.min(
    nowMs + SESSION_MS_MAX,
    keyEndsAt?.getTime() ?? Number.POSITIVE_INFINITY,
  );
  const text = signedText(secret, 'session', { keyId, secretHash, untilMs });
  const maxAgeSeconds = Math.floor((untilMs - nowMs) / 1_000);
  return {
    setCookie: `${COOKIE}=${text}; Max-Age=${maxAgeSeconds}; ${ATTRIBUTES}`,
    expiresAt: new Date(untilMs).toISOString(),
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
