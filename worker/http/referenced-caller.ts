/**
 * The callers of tickets and sessions, which were authenticated before. The API key of each is looked up again; another
 * credential is not known any more.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { type KeyCheck, referencedPrincipal } from '../access/key-principal.ts';
import { type BrowserSession, slidCookie } from '../access/session.ts';
import { readTicket } from '../access/ticket.ts';
import type { LedgeEnv } from '../runtime/env.ts';

const unauthorized: Failure = { outcome: 'unauthorized', why: 'invalid' };

export async function ticketCaller(keys: KeyCheck, text: string, env: LedgeEnv) {
  const ticket = readTicket(env, keys.nowMs(), text);
  if (!ticket) return unauthorized;
  const { actor, tenant, roles, claims, untilMs, key } = ticket;
  const keyed = key && (await referencedPrincipal(keys, key, env));
  if (key && !keyed) return unauthorized;
  const opensUntil = new Date(untilMs);
  return {
    ...{ actor, tenant, roles, claims, opensUntil, ticket },
    key: keyed?.key,
    ...(ticket.isUnrestricted && { isUnrestricted: ticket.isUnrestricted }),
  };
}

export async function sessionCaller(keys: KeyCheck, open: BrowserSession, env: LedgeEnv) {
  const { keyId, secretHash, untilMs, id, beganAtMs } = open;
  const reference = { keyId, secretHash, session: { id, beganAtMs } };
  const keyed = await referencedPrincipal(keys, reference, env);
  if (!keyed) return unauthorized;
  const { id: actor, tenant, roles = [], claims = {}, ...others } = keyed.principal;
  const { credential, expiresAt, opensUntil } = others;
  return {
    ...{ actor, tenant, roles, claims, credential, key: keyed.key },
    expiresAt: earlier(untilMs, expiresAt),
    opensUntil: earlier(untilMs, opensUntil),
    setCookie: slidCookie(env, keys.nowMs(), open, expiresAt),
  };
}

function earlier(untilMs: number, date = new Date(untilMs)): Date {
  return new Date(Math.min(untilMs, date.getTime()));
}
