/**
 * A page of a publication's feed as server-sent events. The stream ends with the page: a reader connects again with the
 * `Last-Event-ID` of what it has, so that its credential is checked each time and no process holds a place for it.
 */
import { eventStreamResponse } from '../../live/event-stream.ts';
import type { PublicationAnswer } from './publication-feed.ts';

export const EVENT_STREAM = 'text/event-stream';

/** Until a reader connects again. Ours: the request before has waited already. */
const RETRY_MS = 250;

/** The last frame has no data, so it is no event: it moves the id past what a filter has left out. */
export function eventStreamOf({ events, after }: PublicationAnswer): Response {
  const frames = events.map(
    (event) => `event: ${event.type}\nid: ${event.position}\ndata: ${JSON.stringify(event)}\n\n`,
  );
  const text = [`retry: ${RETRY_MS}\n\n`, ...frames, `id: ${after}\n\n`].join('');
  return eventStreamResponse(new Response(text).body);
}
