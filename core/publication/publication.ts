/** A publication as the runtime handles it, and the events that it makes of private ones. */

import type { RecordedEvent } from '../aggregate/event.ts';
import type { HandledEvents } from '../aggregate/handled-events.ts';
import type { Json } from '../values/json.ts';
import type { PublicEventDefinition } from './public-event.ts';

/** A public event as a handler of a publication returns it. */
export interface PublicEvent<Type extends string = string> {
  readonly type: Type;
  readonly version: number;
  readonly data: Json;
}

/**
 * What the schema of a released version may become: `backward`, it allows all that it has allowed; `forward`, it allows
 * nothing that it has refused; `full`, both.
 */
export type Compatibility = 'backward' | 'forward' | 'full';

/**
 * A mapping from private to public events. It runs with the projections: its events are written once, in the order of
 * each stream, in the batch that writes the journal. A rebuild of a projection never publishes.
 */
export interface Publication {
  readonly kind: 'publication';
  readonly name: string;
  readonly sources: readonly string[];
  readonly handles: HandledEvents;
  /** Where it starts when it is first deployed. */
  readonly startsAt: 'now' | 'beginning';
  readonly compatibility: Compatibility;
  /** By type: its versions, oldest first. */
  readonly events: Readonly<Record<string, readonly PublicEventDefinition[]>>;
  /**
   * The public events of a private event; none for one that has no handler.
   *
   * @throws what its handler throws; Error for data that the schema refuses, and for one version of a type twice
   */
  publish(event: RecordedEvent): readonly PublicEvent[];
}

/** A public event with its source: what the feed stores. */
export interface PublishedEvent extends PublicEvent {
  readonly tenant: string;
  readonly publication: string;
  /** Of the private event. */
  readonly stream: string;
  readonly streamVersion: number;
  readonly occurredAt: string;
  readonly traceparent?: string;
}

/**
 * The public events of a private event, as the feed stores them. What was imported has happened before a feed that starts
 * now, and is in one that starts at the beginning.
 *
 * @throws as `Publication.publish`
 */
export function publishedEvents(publication: Publication, event: RecordedEvent): PublishedEvent[] {
  if (event.metadata.imported && publication.startsAt === 'now') return [];
  const { tenant, stream, version, occurredAt, metadata } = event;
  const { traceparent } = metadata;
  return publication.publish(event).map((one) => ({
    ...one,
    ...{ tenant, publication: publication.name, stream, streamVersion: version, occurredAt },
    ...(traceparent !== undefined && { traceparent }),
  }));
}

/**
 * Follows from the source alone: the same event published again has the same id, and another version of the same type
 * changes no other id.
 */
export function publicEventId({
  publication,
  stream,
  streamVersion,
  type,
  version,
}: Omit<PublishedEvent, 'tenant' | 'data' | 'occurredAt'>): string {
  return `${publication}/${stream}@${streamVersion}/${type}.${version}`;
}
