/** Opens a WebSocket to a Live object, for a caller or for server-sent events. */

import { type Failure, tooManyOpen } from '../../core/aggregate/outcome.ts';
import { openingHeader } from '../../durable-objects/index.ts';
import type { AuthorizedCaller } from '../http/api-types.ts';
import type { LiveStub } from '../runtime/env.ts';

/** Ours, of the attachment of a socket. */
const CALLER_CHARACTERS_MAX = 4_096;

/** Passes on none of the caller's headers: authentication is done here. The object gets the caller, and its end. */
export async function openSocket(
  object: LiveStub,
  { actor, roles, claims, rights, limits, opensUntil, key, ticket }: AuthorizedCaller,
): Promise<Response | Failure> {
  const isUnrestricted = rights.isUnrestricted || undefined;
  const untilMs = opensUntil?.getTime() ?? null;
  const { sockets, queries } = limits;
  const caller = {
    ...{ actor, roles, claims, isUnrestricted, untilMs, key: key ?? null },
    // Infinity is no JSON.
    ...(Number.isFinite(sockets) && { limits: { sockets, queries } }),
  };
  if (JSON.stringify(caller).length > CALLER_CHARACTERS_MAX) return tooLarge;
  const opening = openingHeader({
    caller,
    ticket: ticket ? { id: ticket.id, expiresAtMs: ticket.expiresAtMs } : null,
  });
  const headers = { upgrade: 'websocket', ...opening };
  const answer = await object.fetch(new Request('https://live/', { headers }));
  if (answer.webSocket) return answer;
  if (answer.status === 429) return tooManyOpen('sockets', sockets);
  // The ticket was used before.
  return answer.status === 401 ? { outcome: 'unauthorized', why: 'invalid' } : full;
}

const tooLarge: Failure = {
  outcome: 'too-large',
  what: 'caller with its roles and claims',
  limitBytes: CALLER_CHARACTERS_MAX,
};

const full = {
  outcome: 'unavailable',
  detail: 'Too many sockets are open here.',
  retryAfterSeconds: 10,
} as const;
