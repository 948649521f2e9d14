/** Public events as CloudEvents 1.0 in JSON (cloudevents.io), with the extensions `sequence`, `traceparent`, `position`. */

import { publicEventId } from '../../../core/publication/publication.ts';
import type { Json } from '../../../core/values/json.ts';
import type { PositionedEvent } from './read-publication.ts';

export const CLOUD_EVENT_BATCH = 'application/cloudevents-batch+json';

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The stream of the private event: what the event is about. */
  readonly subject: string;
  /** When it happened in the world. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  /** The place in the feed, in a form whose order as text is the order of the feed. */
  readonly sequence: string;
  /** From which a reader goes on behind the event. */
  readonly position: string;
  readonly traceparent?: string;
  readonly data: Json;
}

/** A position has at most fifteen digits. */
const SEQUENCE_DIGITS = 15;

/** `root`: the address under which the API is served, without a slash at its end. */
export function cloudEvent(event: PositionedEvent, position: string, root: string): CloudEvent {
  const { tenant, publication, type, version, stream, occurredAt, traceparent, data } = event;
  return {
    specversion: '1.0',
    id: publicEventId(event),
    source: sourceOf({ tenant, publication }),
    type,
    subject: stream,
    time: occurredAt,
    datacontenttype: 'application/json',
    dataschema: `${root}${schemaPath(type, version)}`,
    sequence: String(event.position).padStart(SEQUENCE_DIGITS, '0'),
    position,
    ...(traceparent !== undefined && { traceparent }),
    data,
  };
}

/** With the id it identifies an event, whatever the address and the tenant that a consumer reads it by. */
export function sourceOf({ tenant, publication }: { tenant: string; publication: string }): string {
  return `/tenants/${tenant}/publications/${publication}`;
}

/** Types are identifiers, of which an address carries every character. */
export function schemaPath(type: string, version: number): string {
  return `/schemas/${type}/${version}`;
}
