/** Reads the journal by position, which is the order of arrival, in pages as they are stored. */

import type { JournalEvent } from '../../core/plan/plan-catch-up.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import { journalEvent, type PageEvent } from './page-event.ts';
import { firstOf, READ_HEAD } from './page-sql.ts';

/** Selects by size first, so that only the bodies of these pages are read: the pages that fit, at least one. */
const READ_PAGES = `
  WITH found AS (
    SELECT first, octet_length(body) AS bytes FROM journal_page
    WHERE first >= ${firstOf('?1 + 1')} AND first <= ?1 + ?2 AND first + events > ?1 + 1),
  measured AS (SELECT first, bytes, sum(bytes) OVER (ORDER BY first) AS total FROM found)
  SELECT first, events, tenant, body, lower(hex(tag)) AS tag
  FROM measured CROSS JOIN journal_page USING (first)
  WHERE total <= ${PAGE_BYTES_MAX} OR total = bytes ORDER BY first`;

const READ_BLANKING = 'SELECT 1 FROM erasure WHERE blanked = 0 LIMIT 1';

interface PageRow {
  readonly first: number;
  readonly events: number;
  readonly tenant: string;
  readonly body: string;
  readonly tag: string;
}

export interface PageEnd {
  readonly position: number;
  readonly tag: string;
}

export interface JournalRead {
  readonly events: readonly JournalEvent[];
  /** The newest position when the page was read. */
  readonly head: number;
  /** The last event's position and tag, by which a later batch asserts that the journal still has the page. */
  readonly end?: PageEnd;
  /** An erasure under way still has to blank events of its tenant, which no build may read. */
  readonly isBlanking: boolean;
  /** The first missing position below the head: the events end before it. */
  readonly missing?: number;
}

/**
 * Fewer events than the limit do not mean the end of the journal. Always reads the primary, because the last page of a
 * build has to be the last.
 */
export async function readJournal(
  database: D1Database,
  after: number,
  limit: number,
): Promise<JournalRead> {
  const [found, newest, blanking] = await database
    .withSession('first-primary')
    .batch([
      database.prepare(READ_PAGES).bind(after, limit),
      database.prepare(READ_HEAD),
      database.prepare(READ_BLANKING),
    ]);
  // The statement determines the type of the rows.
  const pages = (found?.results ?? []) as PageRow[];
  const [{ head } = { head: 0 }] = (newest?.results ?? []) as { head: number }[];
  const events = pages
    .flatMap(eventsOf)
    .filter(({ position }) => position > after)
    .slice(0, limit);
  const missing = missingIn(after, events, head);
  const dense = events.filter(({ position }) => position < (missing ?? Infinity));
  const end = endOf(dense, pages);
  return {
    events: dense,
    head,
    isBlanking: (blanking?.results.length ?? 0) > 0,
    ...(end && { end }),
    ...(missing !== undefined && { missing }),
  };
}

/** A body with fewer events than its page says leaves a position out, which then is missing. */
function eventsOf({ first, events, tenant, body }: PageRow): JournalEvent[] {
  const stored: PageEvent[] = JSON.parse(body);
  return stored.slice(0, events).map((event, index) => journalEvent(tenant, first + index, event));
}

/** Positions have no gaps: pages are never deleted, and each begins after the end of the one before. */
function missingIn(
  after: number,
  events: readonly JournalEvent[],
  head: number,
): number | undefined {
  const index = events.findIndex(({ position }, index) => position !== after + index + 1);
  if (index >= 0) return after + index + 1;
  return events.length === 0 && head > after ? after + 1 : undefined;
}

function endOf(events: readonly JournalEvent[], pages: readonly PageRow[]): PageEnd | undefined {
  const last = events.at(-1);
  const page = last && pages.findLast(({ first }) => first <= last.position);
  return page && { position: last.position, tag: page.tag };
}
