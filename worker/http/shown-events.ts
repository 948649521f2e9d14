/**
 * Events as a caller is shown them: personal data by the grant of it. Which credential caused an event is shown to callers that may read the audit trail: an
 * id of a key is no secret, but how many there are, and what a session is called, is the operators' concern.
 */
import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { Outcome } from '../../core/aggregate/outcome.ts';
import { replaceSealed } from '../../core/sealed/sealed-places.ts';
import type { Json } from '../../core/values/json.ts';
import { type PersonalReader, shownPersonal } from '../personal/show-personal.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { AuthorizedCaller } from './api-types.ts';
import { refusedBy } from './refused-by-need.ts';

/** A caller with what its answers are opened by. */
export interface EventReader extends PersonalReader {
  readonly caller: AuthorizedCaller;
}

export function readerOf(
  machinery: PersonalReader['machinery'],
  env: LedgeEnv,
  caller: AuthorizedCaller,
): EventReader {
  const { tenant, rights } = caller;
  return { machinery, env, tenant, opensPersonal: rights.opensPersonal, caller };
}

export async function shownEvents<Event extends StoredEvent>(
  reader: EventReader,
  events: readonly Event[],
): Promise<readonly Event[]> {
  const named = refusedBy('auditor', reader.caller, 'GET') ? events.map(withoutCredential) : events;
  const data = await shownPersonal(
    reader,
    named.map((event) => event.data),
  );
  return named.map((event, index) => withData(event, data[index]));
}

function withData<Event extends StoredEvent>(event: Event, data: Json | undefined): Event {
  return data === undefined || data === event.data ? event : { ...event, data };
}

/** A rejection is a problem, in which nothing personal is opened. */
export async function shownOutcome(reader: EventReader, outcome: Outcome): Promise<Outcome> {
  if (outcome.outcome === 'rejected') {
    return shownPersonal({ ...reader, opensPersonal: false }, outcome);
  }
  if (outcome.outcome !== 'accepted') return outcome;
  return { ...outcome, events: await shownEvents(reader, outcome.events) };
}

function withoutCredential<Event extends StoredEvent>(event: Event): Event {
  const { credential: _hidden, ...metadata } = event.metadata;
  return { ...event, metadata };
}

/**
 * What a dead letter holds: an event, a message with its events, or the text of something else. Nothing personal is opened
 * for operators, and nothing sealed is shown.
 */
export function shownParked(caller: AuthorizedCaller, parked: unknown): unknown {
  const masked = replaceSealed(parked, () => null);
  return refusedBy('auditor', caller, 'GET') ? withoutCredentials(masked) : masked;
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
