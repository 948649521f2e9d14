/** What every command that follows from an event has in common. Used by the ways of carrying reactions out. */
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { hopsOf } from '../../core/process/hops.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';

/** What is needed to send a command. */
export interface ReactionContext {
  readonly machinery: Machinery;
  readonly env: LedgeEnv;
}

/** For a command that goes on with what the event belongs to: its cause is the event, its conversation the event's. */
export function causedBy({
  id: causationId,
  metadata: { correlationId, traceparent, hops },
}: StoredEvent) {
  return {
    causationId,
    correlationId,
    ...(traceparent !== undefined && { traceparent }),
    ...(hops !== undefined && { hops }),
  };
}

/** For a command that is a reaction to the event: one hop further. */
export function reactingTo(event: StoredEvent) {
  return { ...causedBy(event), hops: hopsOf(event) + 1 };
}
