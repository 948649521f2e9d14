/** The form of an event in a page's body: an array without names and without the tenant, which is the page's. */

import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { JournalEvent } from '../../core/plan/plan-catch-up.ts';

/** In the order of the view `journal`: migrations/machinery. */
export type PageEvent = readonly [
  stream: string,
  version: number,
  id: string,
  type: string,
  schemaVersion: number,
  data: StoredEvent['data'],
  recordedAt: string,
  occurredAt: string,
  metadata: StoredEvent['metadata'],
];

/** An event with the tag of its page. */
export type TaggedEvent = JournalEvent & { readonly tag: string };

export function toPageEvent(event: StoredEvent): PageEvent {
  const { stream, version, id, type, schemaVersion, data, recordedAt, occurredAt, metadata } =
    event;
  return [stream, version, id, type, schemaVersion, data, recordedAt, occurredAt, metadata];
}

export function journalEvent(tenant: string, position: number, event: PageEvent): JournalEvent {
  const [stream, version, id, type, schemaVersion, data, recordedAt, occurredAt, metadata] = event;
  return {
    ...{ position, tenant, stream, version, id, type },
    ...{ schemaVersion, data, recordedAt, occurredAt, metadata },
  };
}
