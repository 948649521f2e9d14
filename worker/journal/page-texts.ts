/** The texts of events in pages, each page within a number and bytes: a page is read and erased as a whole. */

import { runsWithinBytes, utf8Bytes } from '../../core/values/bytes.ts';

/** Our limits. A row of D1 has at most 2 MB. */
const BODY_BYTES_MAX = 1_000_000;
const PAGE_EVENTS_MAX = 1_000;

/** The minimum that an event counts, so that one limit covers both number and bytes. */
const EVENT_BYTES_MIN = BODY_BYTES_MAX / PAGE_EVENTS_MAX;

export interface MeasuredText<Event> {
  readonly event: Event;
  readonly text: string;
  readonly bytes: number;
}

/** `stored`: the event as it is in a page. */
export function measuredText<Event>(event: Event, stored: unknown): MeasuredText<Event> {
  const text = JSON.stringify(stored);
  return { event, text, bytes: Math.max(utf8Bytes(text) + 1, EVENT_BYTES_MIN) };
}

export function pagesOf<Event>(texts: readonly MeasuredText<Event>[]): MeasuredText<Event>[][] {
  return runsWithinBytes(texts, ({ bytes }) => bytes, BODY_BYTES_MAX);
}
