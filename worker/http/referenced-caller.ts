/**
 * The callers of tickets and sessions, which were authenticated before. The API key of each is looked up again; another
 * credential is not known any more.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { type KeyCheck, referencedPrincipal } from '../access/key-principal.ts';
import type { BrowserSession } from '../access/session.ts';
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

export async function sessionCaller(
  keys: KeyCheck,
  { untilMs, ...reference }: BrowserSession,
  env: LedgeEnv,
) {
  const keyed = await referencedPrincipal(keys, reference, env);
  if (!keyed) return unauthorized;
  const { id: actor, tenant, roles = [], claims = {}, expiresAt, opensUntil } = keyed.principal;
  const { credential } = keyed.principal;
  return {
    ...{ actor, tenant, roles, claims, credential, key: keyed.key },
    expiresAt: earlier(untilMs, expiresAt),
    opensUntil: earlier(untilMs, opensUntil),
  };
}

function earlier(untilMs: number, date = new Date(untilMs)): Date {
  return new Date(Math.min(untilMs, date.getTime()));
}
