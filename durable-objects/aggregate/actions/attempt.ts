/** One call of an action's handler, in bounded time. */
import type { Action, ActionAnswer, ActionCall } from '../../../core/action/action.ts';
import type { RecordedEvent, StoredEvent } from '../../../core/aggregate/event.ts';
import { digest } from '../../digest.ts';
import { withDeadline } from '../../with-deadline.ts';

/** @throws DeadlinePassed, or what the handler throws */
export async function attempt(
  action: Action,
  event: RecordedEvent,
  call: Omit<ActionCall, 'signal'>,
): Promise<ActionAnswer> {
  const { timeoutMs } = action;
  const controller = new AbortController();
  const acting = action.act(event, { ...call, signal: controller.signal });
  try {
    return await withDeadline(
      acting,
      timeoutMs,
      `The attempt has taken longer than ${timeoutMs} ms.`,
    );
  } catch (error) {
    // Nothing waits for it any more. What a handler answers that goes on in spite of it is not taken.
    controller.abort(error);
    throw error;
  }
}

/** With the event's id: under the same version a restored object may have another event. */
export function keyOfCall(action: string, { tenant, stream, version, id }: StoredEvent): string {
  return digest(JSON.stringify([tenant, stream, version, id, action]));
}
