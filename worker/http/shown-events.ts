/**
 * Events as a caller is shown them. Which credential caused an event is shown to callers that may read the audit trail: an
 * id of a key is no secret, but how many there are, and what a session is called, is the operators' concern.
 */
import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { Outcome } from '../../core/aggregate/outcome.ts';
import type { AuthorizedCaller } from './api-types.ts';
import { refusedBy } from './refused-by-need.ts';

export function shownEvents<Event extends StoredEvent>(
  caller: AuthorizedCaller,
  events: readonly Event[],
): readonly Event[] {
  return refusedBy('auditor', caller, 'GET') ? events.map(withoutCredential) : events;
}

export function shownOutcome(caller: AuthorizedCaller, outcome: Outcome): Outcome {
  if (outcome.outcome !== 'accepted') return outcome;
  return { ...outcome, events: shownEvents(caller, outcome.events) };
}

function withoutCredential<Event extends StoredEvent>(event: Event): Event {
  const { credential: _hidden, ...metadata } = event.metadata;
  return { ...event, metadata };
}

/** What a dead letter holds: an event, a message with its events, or the text of something else. */
export function shownParked(caller: AuthorizedCaller, parked: unknown): unknown {
  return refusedBy('auditor', caller, 'GET') ? withoutCredentials(parked) : parked;
}

function withoutCredentials(parked: unknown): unknown {
  if (typeof parked !== 'object' || parked === null || Array.isArray(parked)) return parked;
  const { metadata, events }: { metadata?: object; events?: unknown } = parked;
  const { credential: _hidden, ...others }: { credential?: unknown } = { ...metadata };
  return {
    ...parked,
    ...(metadata && { metadata: others }),
    ...(Array.isArray(events) && { events: events.map(withoutCredentials) }),
  };
}
