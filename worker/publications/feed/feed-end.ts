/** The end of a feed, and what it has behind a position. */
import { JOURNAL_START, type JournalPosition } from '../../../core/plan/journal-position.ts';
import type { Feed } from './read-publication.ts';

const READ_END = `
  SELECT (SELECT coalesce(max(number), 0) FROM epoch) AS epoch, first + events - 1 AS position, lower(hex(tag)) AS tag
  FROM publication_page WHERE tenant = ? AND publication = ? ORDER BY first DESC LIMIT 1`;

/** From which a reader gets what is published from now on. */
export async function readFeedEnd(
  database: D1Database,
  { tenant, publication }: Feed,
): Promise<JournalPosition> {
  const found = await database
    .withSession('first-primary')
    .prepare(READ_END)
    .bind(tenant, publication)
    .first<{ epoch: number; position: number; tag: string }>();
  return found ?? JOURNAL_START;
}

/** In the form of worker/publications/page-event: the fifth member is the time. D1 binds a number as a real one. */
const READ_NEXT = `
  SELECT (SELECT first + events - 1 FROM publication_page WHERE tenant = ?1 AND publication = ?2
      ORDER BY first DESC LIMIT 1) - ?3 AS events,
    (SELECT body ->> ('$[' || CAST(?3 + 1 - first AS INTEGER) || '][4]') FROM publication_page
      WHERE tenant = ?1 AND publication = ?2 AND first <= ?3 + 1 ORDER BY first DESC LIMIT 1) AS happenedAt`;

export interface FeedRest {
  /** How many it has behind the position, of all types. */
  readonly events: number;
  /** Of the first of them. */
  readonly happenedAt: string | null;
}

export async function readNextEvent(
  database: D1Database,
  { tenant, publication }: Feed,
  position: number,
): Promise<FeedRest> {
  const found = await database
    .withSession('first-primary')
    .prepare(READ_NEXT)
    .bind(tenant, publication, position)
    .first<{ events: number | null; happenedAt: string | null }>();
  const events = Math.max(0, found?.events ?? 0);
  return { events, happenedAt: events === 0 ? null : (found?.happenedAt ?? null) };
}
