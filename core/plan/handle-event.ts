/**
 * One projection or reactor handles one event, live or in a build: the result is row changes or commands. A failure
 * is a value too: the caller parks the event, and the other projections continue.
 */

import type { RecordedEvent, StoredEvent } from '../aggregate/event.ts';
import { type App, recordedEvent } from '../app.ts';
import { errorText } from '../failures/error-text.ts';
import type { Reaction, Reactor } from '../process/reactor.ts';
import type { RowChange } from '../projection/row-change.ts';
import type { Subscriber } from './projection-version.ts';

export type EventResult =
  | { readonly changes: readonly RowChange[]; readonly reactions: readonly Reaction[] }
  | { readonly error: unknown };

export function handleEvent(follower: Subscriber, event: RecordedEvent | Error): EventResult {
  if (event instanceof Error) return { error: event };
  try {
    return follower.kind === 'projection'
      ? { changes: follower.handle(event), reactions: [] }
      : { changes: [], reactions: reactionsOf(follower, event) };
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
