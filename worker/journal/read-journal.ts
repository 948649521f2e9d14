/** Reads the journal by position, which is the order of arrival, in segments and pages as they are stored. */

import type { JournalEvent } from '../../core/plan/plan-catch-up.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import type { JournalStore } from './journal-store.ts';
import { journalEvent, type PageEvent, type TaggedEvent } from './page-event.ts';
import { firstOf, READ_HEAD, SEALED } from './page-sql.ts';
import { openSegment, READ_SEGMENT, type SegmentRow, segmentIn } from './read-segment.ts';

/**
 * Selects by size first, so that only the bodies of these pages are read: the pages that fit, at least one. None where
 * the position is in a segment.
 */
export const READ_PAGES = `
  WITH found AS (
    SELECT first, octet_length(body) AS bytes FROM journal_page
    WHERE first >= ${firstOf('?1 + 1')} AND first <= ?1 + ?2 AND first + events > ?1 + 1 AND ?1 >= ${SEALED}),
  measured AS (SELECT first, bytes, sum(bytes) OVER (ORDER BY first) AS total FROM found)
  SELECT first, events, tenant, first_recorded_at AS firstRecordedAt, body, lower(hex(tag)) AS tag
  FROM measured CROSS JOIN journal_page USING (first)
  WHERE total <= ${PAGE_BYTES_MAX} OR total = bytes ORDER BY first`;

const READ_BLANKING = 'SELECT 1 FROM erasure WHERE blanked = 0 LIMIT 1';

export interface PageRow {
  readonly first: number;
  readonly events: number;
  readonly tenant: string;
  readonly firstRecordedAt: string;
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
  /**
   * A position at or after the last event, and its tag, by which a later batch asserts that the journal still has what was
   * read: the last event's, or the end of its segment.
   */
  readonly end?: PageEnd;
  /** An erasure under way still has to blank events of its tenant, which no build may read. */
  readonly isBlanking: boolean;
  /** The first missing position below the head: the events end before it. */
  readonly missing?: number;
}

/**
 * Fewer events than the limit do not mean the end of the journal. Always reads the primary, because the last page of a
 * build has to be the last.
 *
 * @throws DamagedSegment for a segment whose object is missing or is not what was written
 */
export async function readJournal(
  journal: JournalStore,
  after: number,
  limit: number,
): Promise<JournalRead> {
  const { database } = journal;
  const [sealed, found, newest, blanking] = await database
    .withSession('first-primary')
    .batch([
      database.prepare(READ_SEGMENT).bind(after),
      database.prepare(READ_PAGES).bind(after, limit),
      database.prepare(READ_HEAD),
      database.prepare(READ_BLANKING),
    ]);
  const [{ head } = { head: 0 }] = (newest?.results ?? []) as { head: number }[];
  const isBlanking = (blanking?.results.length ?? 0) > 0;
  const segment = segmentIn(sealed);
  // The statement determines the type of the rows.
  const pages = (found?.results ?? []) as PageRow[];
  const events = segment
    ? await segmentEvents(journal, segment, after, limit)
    : pages
        .flatMap(eventsOf)
        .filter(({ position }) => position > after)
        .slice(0, limit);
  const missing = missingIn(after, events, head);
  const dense = events.filter(({ position }) => position < (missing ?? Infinity));
  const end = endOf(dense, pages, segment);
  return {
    events: dense.map(({ tag: _tag, ...event }) => event),
    head,
    isBlanking,
    ...(end && { end }),
    ...(missing !== undefined && { missing }),
  };
}

async function segmentEvents(
  journal: JournalStore,
  segment: SegmentRow,
  after: number,
  limit: number,
): Promise<TaggedEvent[]> {
  // Its first position is missing: nothing of it may be read.
  if (segment.first > after + 1) return [];
  const opened = await openSegment(journal, segment);
  return opened.after(after, limit);
}

/** A body with fewer events than its page says leaves a position out, which then is missing. */
export function eventsOf({ first, events, tenant, body, tag }: PageRow): TaggedEvent[] {
  const stored: PageEvent[] = JSON.parse(body);
  return stored
    .slice(0, events)
    .map((event, index) => ({ ...journalEvent(tenant, first + index, event), tag }));
}

/** Positions have no gaps: a page is deleted for its segment alone, and each begins after the end of the one before. */
function missingIn(
  after: number,
  events: readonly JournalEvent[],
  head: number,
): number | undefined {
  const index = events.findIndex(({ position }, index) => position !== after + index + 1);
  if (index >= 0) return after + index + 1;
  return events.length === 0 && head > after ? after + 1 : undefined;
}

function endOf(
  events: readonly JournalEvent[],
  pages: readonly PageRow[],
  segment: SegmentRow | undefined,
): PageEnd | undefined {
  const last = events.at(-1);
  if (!last) return undefined;
  if (segment) return { position: segment.last, tag: segment.tag };
  const page = pages.findLast(({ first }) => first <= last.position);
  return page && { position: last.position, tag: page.tag };
}

/** The first position after a missing one that the journal has; undefined if none. */
export async function nextPosition(
  { database }: Pick<JournalStore, 'database'>,
  missing: number,
): Promise<number | undefined> {
  const found = await database
    .prepare(NEXT_POSITION)
    .bind(missing)
    .first<{ next: number | null }>();
  return found?.next ?? undefined;
}

const NEXT_POSITION = `
  SELECT min(first) AS next FROM (
    SELECT min(first) AS first FROM journal_page WHERE first > ?1
    UNION ALL SELECT min(first) FROM journal_segment WHERE first > ?1)`;
