/**
 * The place of a time in a feed. The time at which a page was published never falls from page to page, so that it is found by
 * halving the positions: one trip, which reads some forty rows of a feed of a million events.
 */
import { JOURNAL_START, type JournalPosition } from '../../../core/plan/journal-position.ts';
import type { Feed } from './read-publication.ts';

/**
 * Ours: clocks of the platform differ by less. What was recorded at the time or later is behind the position, whatever clock
 * has recorded it, and some of what was published in the seconds before is, too.
 */
const CLOCKS_MS = 10_000;

const OF_FEED = 'tenant = ?1 AND publication = ?2';

/** `low`: the end of a page that was published before the time. What is behind `high` was not. */
const SEARCH = `
  WITH RECURSIVE search (low, high) AS (
    SELECT 0, coalesce((SELECT first + events - 1 FROM publication_page WHERE ${OF_FEED} ORDER BY first DESC LIMIT 1), 0)
    UNION ALL
    SELECT iif(published_at < ?3, first + events - 1, low), iif(published_at < ?3, high, first - 1)
    FROM search CROSS JOIN publication_page
    WHERE low < high AND ${OF_FEED} AND first = (
      SELECT first FROM publication_page WHERE ${OF_FEED} AND first <= (low + high + 1) / 2 ORDER BY first DESC LIMIT 1))
  SELECT (SELECT coalesce(max(number), 0) FROM epoch) AS epoch, low AS position, (
    SELECT lower(hex(tag)) FROM publication_page WHERE ${OF_FEED} AND first <= low ORDER BY first DESC LIMIT 1) AS tag
  FROM search WHERE low >= high`;

/** Behind it is everything that was recorded at the time or later. */
export async function positionAtTime(
  database: D1Database,
  { tenant, publication }: Feed,
  timeMs: number,
): Promise<JournalPosition> {
  const { results } = await database
    .withSession('first-primary')
    .prepare(SEARCH)
    .bind(tenant, publication, timeMs - CLOCKS_MS)
    .all<{ epoch: number; position: number; tag: string | null }>();
  const [found] = results;
  if (!found || found.tag === null) return JOURNAL_START;
  return { ...found, tag: found.tag };
}
