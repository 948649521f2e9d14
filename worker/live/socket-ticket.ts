/** The ticket of a frame, as the Live object of a socket takes it. */
import type { ReadTicket } from '../../durable-objects/index.ts';
import { readTicket } from '../access/ticket.ts';
import type { LedgeEnv } from '../runtime/env.ts';

export function socketTicket(env: LedgeEnv, nowMs: number, text: string): ReadTicket | undefined {
  const ticket = readTicket(env, nowMs, text);
  if (!ticket) return undefined;
  const { id, expiresAtMs, tenant, shard, actor, roles, claims, untilMs, key } = ticket;
  // Never read: the object reads the key before it sends another frame.
  const unread = key && { ...key, readAtMs: Number.NEGATIVE_INFINITY, endsAtMs: null };
  return {
    ticket: { id, expiresAtMs },
    ...{ tenant, shard },
    caller: { actor, roles, claims, untilMs, key: unread },
  };
}
