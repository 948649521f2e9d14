/**
 * One projection, reactor or publication handles one event, live or in a build: the result is row changes, commands or
 * public events. A failure is a value too: the caller parks the event, and the other projections continue.
 */

import type { RecordedEvent, StoredEvent } from '../aggregate/event.ts';
import { type App, recordedEvent } from '../app.ts';
import { errorText } from '../failures/error-text.ts';
import type { Reaction, Reactor } from '../process/reactor.ts';
import type { RowChange } from '../projection/row-change.ts';
import { type PublishedEvent, publishedEvents } from '../publication/publication.ts';
import type { Subscriber } from './projection-version.ts';

/** Of a subscriber that handled an event. */
export interface HandledEvent {
  readonly changes: readonly RowChange[];
  readonly reactions: readonly Reaction[];
  readonly published: readonly PublishedEvent[];
}

export type EventResult = HandledEvent | { readonly error: unknown };

const nothing: HandledEvent = { changes: [], reactions: [], published: [] };

export function handleEvent(follower: Subscriber, event: RecordedEvent | Error): EventResult {
  if (event instanceof Error) return { error: event };
  try {
    switch (follower.kind) {
      case 'projection':
        return { ...nothing, changes: follower.handle(event) };
      case 'reactor':
        return { ...nothing, reactions: reactionsOf(follower, event) };
      case 'publication':
        return { ...nothing, published: publishedEvents(follower, event) };
    }
  } catch (error) {
    return { error };
  }
}

/** What was imported has happened elsewhere, and so have its consequences. */
function reactionsOf(reactor: Reactor, event: RecordedEvent): readonly Reaction[] {
  return event.metadata.imported ? [] : reactor.react(event);
}

/** The event in its newest schema version, or the error of its upcast. */
export function readStored(app: App, stored: StoredEvent): RecordedEvent | Error {
  try {
    return recordedEvent(app, stored);
  } catch (error) {
    return error instanceof Error ? error : new Error(errorText(error));
  }
}
