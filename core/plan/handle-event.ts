/**
 * What one projection or reactor makes of an event, live and in a build alike: row changes or commands. An event
 * that it cannot take is a value, too: the caller parks it, and the other projections move on.
 */

import type { RecordedEvent, StoredEvent } from '../aggregate/event.ts';
import { type App, recordedEvent } from '../app.ts';
import { errorText } from '../failures/error-text.ts';
import type { Reaction } from '../process/reactor.ts';
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
      : { changes: [], reactions: follower.react(event) };
  } catch (error) {
    return { error };
  }
}

/** The event in its newest shape, or why there is none. */
export function readStored(app: App, stored: StoredEvent): RecordedEvent | Error {
  try {
    return recordedEvent(app, stored);
  } catch (error) {
    return error instanceof Error ? error : new Error(errorText(error));
  }
}
