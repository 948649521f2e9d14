/** What every command that follows from an event has in common. Used by the ways of carrying reactions out. */
import type { StoredEvent } from '../../core/event.ts';
import type { LedgeEnv } from '../env.ts';
import type { Machinery } from '../machinery.ts';

/** What is needed to send a command. */
export interface Sending {
  readonly machinery: Machinery;
  readonly env: LedgeEnv;
}

/** Its cause is the event, its conversation the event's. */
export function causedBy({
  id: causationId,
  metadata: { correlationId, traceparent },
}: StoredEvent) {
  return { causationId, correlationId, ...(traceparent !== undefined && { traceparent }) };
}
