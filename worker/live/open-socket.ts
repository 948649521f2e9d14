/** Opens a WebSocket to a Live object: for a caller's own, or for events that the Worker passes on. */

import type { Failure } from '../../core/aggregate/outcome.ts';
import type { LiveStub } from '../runtime/env.ts';

/** None of the caller's headers goes with it: who it is was decided here. */
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
