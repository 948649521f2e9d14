/** The form of a public event in a page's body: an array without names, tenant and publication, which are the page's. */

import type { PublishedEvent } from '../../core/publication/publication.ts';

export type PublicPageEvent = readonly [
  stream: string,
  streamVersion: number,
  type: string,
  version: number,
  occurredAt: string,
  traceparent: string | null,
  data: PublishedEvent['data'],
];

export function toPublicPageEvent(event: PublishedEvent): PublicPageEvent {
  const { stream, streamVersion, type, version, occurredAt, traceparent = null, data } = event;
  return [stream, streamVersion, type, version, occurredAt, traceparent, data];
}

export function publishedEvent(
  tenant: string,
  publication: string,
  stored: PublicPageEvent,
): PublishedEvent {
  const [stream, streamVersion, type, version, occurredAt, traceparent, data] = stored;
  return {
    ...{ tenant, publication, stream, streamVersion, type, version, occurredAt, data },
    ...(traceparent !== null && { traceparent }),
  };
}
