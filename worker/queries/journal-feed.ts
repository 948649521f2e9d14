/**
 * The journal as a feed: the events after a position, waited for when there are none. Called by the route of events.
 * Whoever asks again with the position that was answered misses nothing.
 */
import type { App } from '../../core/app.ts';
import type { JournalEvent } from '../../core/build.ts';
import { UnknownEvent } from '../../core/event.ts';
import type { Log } from '../log.ts';
import type { Machinery } from '../machinery.ts';
import {
  type JournalFilters,
  type JournalPage,
  POSITIONS_MAX,
  readJournalPage,
} from './journal-page.ts';
import { newestEvent } from './newest-event.ts';

/** Between two looks at the journal. Grows, so that a quiet half minute costs some forty small reads. */
const PAUSE_MS = 250;
const PAUSE_MAX_MS = 1_000;
const PAUSE_GROWTH = 1.25;

export interface FeedInput extends JournalFilters {
  readonly after: number;
  readonly limit: number;
  /** Seconds. */
  readonly wait: number;
}

/** In the newest schema version; as it was stored, and why, when this version of the app cannot read it. */
export type FeedEvent = JournalEvent & { readonly unreadable?: string };

export interface FeedPage {
  readonly events: readonly FeedEvent[];
  /** The position to go on from. */
  readonly after: number;
}

/** `gone` says that nobody waits for the answer any more. */
export async function journalFeed(
  { app, platform }: Machinery,
  database: D1Database,
  tenant: string,
  input: FeedInput,
  gone: AbortSignal,
): Promise<FeedPage> {
  const deadlineMs = platform.nowMs() + input.wait * 1_000;
  let page = await readJournalPage(database, tenant, input.after, input.limit, input);
  let pauseMs = PAUSE_MS;
  while (isQuiet(page, input) && !gone.aborted) {
    const leftMs = deadlineMs - platform.nowMs();
    if (leftMs <= 0) break;
    await pause(Math.min(pauseMs, leftMs), gone);
    page = await readJournalPage(database, tenant, page.after, input.limit, input);
    pauseMs = Math.min(pauseMs * PAUSE_GROWTH, PAUSE_MAX_MS);
  }
  const events = page.events.map((event) => feedEvent(app, platform.log, event));
  return { events, after: page.after };
}

/** No event, and at the journal's end: a page that ends before it has examined as much as a page may. */
function isQuiet({ events, after }: JournalPage, input: FeedInput): boolean {
  return events.length === 0 && after - input.after < POSITIONS_MAX;
}

async function pause(ms: number, gone: AbortSignal): Promise<void> {
  await scheduler.wait(ms, { signal: gone }).catch(() => undefined);
}

/** One event that cannot be read must not hold back those after it. */
function feedEvent(app: App, log: Log, event: JournalEvent): FeedEvent {
  try {
    return { ...event, ...newestEvent(app, event) };
  } catch (error) {
    if (error instanceof UnknownEvent) return { ...event, unreadable: error.message };
    const { tenant, stream, version } = event;
    log('error', { operation: 'feed', tenant, stream, version, error: String(error) });
    return { ...event, unreadable: 'It could not be lifted to the newest schema version.' };
  }
}
