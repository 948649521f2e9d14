/** Opens a WebSocket to a Live object, for a caller or for server-sent events. */

import type { Failure } from '../../core/aggregate/outcome.ts';
import type { LiveStub } from '../runtime/env.ts';

/** Passes on none of the caller's headers: authentication is done here. */
export async function openSocket(object: LiveStub): Promise<Response | Failure> {
  const answer = await object.fetch(
    new Request('https://live/', { headers: { upgrade: 'websocket' } }),
  );
  return answer.webSocket ? answer : full;
}

const full = {
  outcome: 'unavailable',
  detail: 'Too many sockets are open here.',
  retryAfterSeconds: 10,
} as const;
