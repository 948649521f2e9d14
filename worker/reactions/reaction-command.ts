/** The common parts of all commands that follow from an event. */
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { hopsOf } from '../../core/process/hops.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';

/** The context for sending a command. */
export interface ReactionContext {
  readonly machinery: Machinery;
  readonly env: LedgeEnv;
}

/** For a command that continues the event's process: the event is its cause, and it has the event's correlation id. */
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

/** For a command that is a reaction to the event: one more hop. */
export function reactingTo(event: StoredEvent) {
  return { ...causedBy(event), hops: hopsOf(event) + 1 };
}
