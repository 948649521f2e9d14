/** Opens a WebSocket to a Live object, for a caller or for server-sent events. */

import type { Failure } from '../../core/aggregate/outcome.ts';
import { callerHeader } from '../../durable-objects/index.ts';
import type { AuthorizedCaller } from '../http/check-access.ts';
import type { LiveStub } from '../runtime/env.ts';

/** Ours, of the attachment of a socket. */
const CALLER_BYTES_MAX = 4_096;

/** Passes on none of the caller's headers: authentication is done here. The object gets who the caller is, and until when. */
export async function openSocket(
  object: LiveStub,
  { actor, roles, claims, rights, opensUntil, key }: AuthorizedCaller,
): Promise<Response | Failure> {
  const isUnrestricted = rights.isUnrestricted || undefined;
  const untilMs = opensUntil?.getTime() ?? null;
  const caller = callerHeader({ actor, roles, claims, isUnrestricted, untilMs, key: key ?? null });
  if (Object.values(caller).join().length > CALLER_BYTES_MAX) return tooLarge;
  const headers = { upgrade: 'websocket', ...caller };
  const answer = await object.fetch(new Request('https://live/', { headers }));
  return answer.webSocket ? answer : full;
}

const tooLarge: Failure = {
  outcome: 'too-large',
  what: 'caller with its roles and claims',
  limitBytes: CALLER_BYTES_MAX,
};

const full = {
  outcome: 'unavailable',
  detail: 'Too many sockets are open here.',
  retryAfterSeconds: 10,
} as const;
