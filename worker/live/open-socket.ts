/** Opens a WebSocket to a Live object, for a caller or for server-sent events. */

import type { Failure } from '../../core/aggregate/outcome.ts';
import { EXPIRES_AT_MS } from '../../durable-objects/index.ts';
import type { AuthenticatedCaller } from '../http/authenticate-caller.ts';
import type { LiveStub } from '../runtime/env.ts';

/** Passes on none of the caller's headers: authentication is done here. The object gets the expiry of the credential. */
export async function openSocket(
  object: LiveStub,
  { opensUntil }: Pick<AuthenticatedCaller, 'opensUntil'>,
): Promise<Response | Failure> {
  const headers = {
    upgrade: 'websocket',
    ...(opensUntil && { [EXPIRES_AT_MS]: String(opensUntil.getTime()) }),
  };
  const answer = await object.fetch(new Request('https://live/', { headers }));
  return answer.webSocket ? answer : full;
}

const full = {
  outcome: 'unavailable',
  detail: 'Too many sockets are open here.',
  retryAfterSeconds: 10,
} as const;
