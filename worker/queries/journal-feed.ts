/**
 * The journal as a feed: the events after a position, with long polling if there are none. A reader that continues from
 * the returned position misses nothing.
 */

import { type StoredEvent, UnknownEvent } from '../../core/aggregate/event.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { App } from '../../core/app.ts';
import type { Log } from '../../core/failures/log-line.ts';
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import type { ShownPositions } from '../access/sealed-positions.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { TaggedEvent } from '../journal/page-event.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { feedFailure } from './feed-failure.ts';
import { readFilledPage } from './filled-page.ts';
import type { Hole, JournalFilters, JournalPage, RestoredJournal } from './journal-page.ts';
import type { KnownHeads } from './known-heads.ts';
import { pollWhile } from './long-poll.ts';
import { newestEvent } from './newest-event.ts';

/** A read of another reader counts for half a pause, so that sharing delays an event by that at most. */
const SHARED_PART = 0.5;

export interface FeedInput extends JournalFilters {
  readonly after: JournalPosition;
  readonly limit: number;
  /** Seconds. */
  readonly wait: number;
  /** As the caller is shown positions. */
  readonly shown: ShownPositions;
}

/**
 * An event in the newest schema version, or as it was stored, with the reason, if this version of the app cannot read
 * it.
 */
export type FeedEvent = StoredEvent & {
  readonly position: string;
  readonly unreadable?: string;
};

export interface FeedPage {
  readonly events: readonly FeedEvent[];
  /** The position from which to continue. */
  readonly after: string;
}

/** `gone` aborts when the caller has disconnected. */
export async function journalFeed(
  { app, platform }: Machinery,
  heads: KnownHeads,
  journal: JournalStore,
  tenant: string,
  input: FeedInput,
  gone: AbortSignal,
): Promise<FeedPage | Failure> {
  const { nowMs } = platform;
  const read = (after: JournalPosition) =>
    readFilledPage(journal, tenant, after, input.limit, input);
  const page = await pollWhile(
    { nowMs, seconds: input.wait, gone },
    () => read(input.after),
    isQuiet,
    ({ after }, pauseMs) => {
      const look = () => read(after);
      return heads.unlessKnown(journal.database, after, pauseMs * SHARED_PART, look, endOf);
    },
  );
  const { shown } = input;
  if (!('events' in page))
    return feedFailure('a position of the journal is missing', page, shown, platform.log);
  const { events, after } = page;
  const isFull = events.length === input.limit;
  return {
    events: events.map((event) => {
      const { position, tag, ...stored } = event;
      const text = shown.of({ epoch: after.epoch, position, tag });
      return { position: text, ...newestOrStored(app, platform.log, stored) };
    }),
    // A full page ends with its last event, and is the same each time.
    after: isFull ? shown.of(after) : shown.examined(after),
  };
}

/** Other pages without an event have examined the maximum. */
function isQuiet(page: JournalPage | RestoredJournal | Hole): page is JournalPage {
  return 'events' in page && page.events.length === 0 && page.isEnd;
}

/** The journal's end, where a look has found nothing up to it. */
function endOf(page: JournalPage | RestoredJournal | Hole): JournalPosition | undefined {
  return isQuiet(page) ? page.after : undefined;
}

/** An event that cannot be read must not hold back later ones. */
export function newestOrStored(
  app: App,
  log: Log,
  event: Omit<TaggedEvent, 'position' | 'tag'>,
): Omit<FeedEvent, 'position'> {
  try {
    return newestEvent(app, event);
  } catch (error) {
    if (error instanceof UnknownEvent) return { ...event, unreadable: error.message };
    const { tenant, stream, version } = event;
    log('error', { operation: 'feed', tenant, stream, version, error });
    return { ...event, unreadable: 'It could not be lifted to the newest schema version.' };
  }
}
