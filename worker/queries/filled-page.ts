/**
 * A page of the journal over several windows of positions: where a tenant writes little beside others, its pages hold as
 * many events as they would hold without them.
 */
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import { firstWithinBytes, PAGE_BYTES_MAX, valueBytes } from '../../core/values/bytes.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { TaggedEvent } from '../journal/page-event.ts';
import {
  type Hole,
  type JournalFilters,
  type JournalPage,
  POSITIONS_MAX,
  type RestoredJournal,
  readJournalPage,
} from './journal-page.ts';

/** Ours: some tenths of a second of D1. */
const WINDOWS_MAX = 20;

/** The positions that one page examines at most. */
export const EXAMINED_MAX = WINDOWS_MAX * POSITIONS_MAX;

export async function readFilledPage(
  journal: JournalStore,
  tenant: string,
  from: JournalPosition,
  limit: number,
  filters: JournalFilters,
): Promise<JournalPage | RestoredJournal | Hole> {
  const events: TaggedEvent[] = [];
  let after = from;
  let isEnd = false;
  let leftBytes = PAGE_BYTES_MAX;
  for (let window = 1; window <= WINDOWS_MAX && leftBytes > 0; window++) {
    const page = await readJournalPage(journal, tenant, after, limit - events.length, filters);
    // What was read before a missing position is answered; the next page begins at it.
    if (!('events' in page))
      return window === 1 ? page : { events, after, isEnd: false, isSealed: false };
    events.push(...page.events);
    const isWindow = page.isSealed || page.after.position - after.position >= POSITIONS_MAX;
    ({ after, isEnd } = page);
    if (isEnd || !isWindow || events.length === limit) break;
    leftBytes -= valueBytes(page.events, leftBytes);
  }
  const whole = { events, after, isEnd, isSealed: false };
  return leftBytes > 0 ? whole : withinBytes(whole);
}

function withinBytes(page: JournalPage): JournalPage {
  const kept = firstWithinBytes(page.events, (event) => valueBytes(event));
  const last = kept.at(-1);
  if (!last || kept.length === page.events.length) return page;
  const { position, tag } = last;
  return {
    events: kept,
    after: { epoch: page.after.epoch, position, tag },
    isEnd: false,
    isSealed: false,
  };
}
