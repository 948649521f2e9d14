/** Reads a page of a publication's feed for one tenant, as its stored pages have it. */

import { JOURNAL_START, type JournalPosition } from '../../../core/plan/journal-position.ts';
import type { PublishedEvent } from '../../../core/publication/publication.ts';
import { PAGE_BYTES_MAX } from '../../../core/values/bytes.ts';
import type { Hole, RestoredJournal } from '../../queries/journal-page.ts';
import { type PublicPageEvent, publishedEvent } from '../page-event.ts';

/** Our limit on the stored pages that an answer whose filter matches rarely examines. */
export const PAGES_MAX = 1_000;

/** A public event with its place in the feed. */
export type PositionedEvent = PublishedEvent & {
  readonly position: number;
  readonly tag: string;
};

export interface PublicationPage {
  readonly events: readonly PositionedEvent[];
  /** The position up to which the feed was examined. */
  readonly after: JournalPosition;
  /** Whether that was the newest position. */
  readonly isEnd: boolean;
}

/** Whose feed. */
export interface Feed {
  readonly tenant: string;
  readonly publication: string;
}

const OF_FEED = 'tenant = ?1 AND publication = ?2';

/** `matches`: only the bodies of these pages are read. They end at the limit of bytes, with at least one page. */
const READ_PAGES = `
  WITH near AS MATERIALIZED (
    SELECT first, octet_length(body) AS bytes, ?4 IS NULL OR EXISTS (
        SELECT 1 FROM json_each(types) WHERE value IN (SELECT value FROM json_each(?4))) AS matches
    FROM publication_page
    WHERE ${OF_FEED} AND first + events > ?3 + 1 AND first >= coalesce((
      SELECT first FROM publication_page WHERE ${OF_FEED} AND first <= ?3 + 1 ORDER BY first DESC LIMIT 1), 0)
    ORDER BY first LIMIT ?5),
  measured AS (
    SELECT first, matches, iif(matches, bytes, 0) AS own, sum(iif(matches, bytes, 0)) OVER (ORDER BY first) AS total
    FROM near)
  SELECT first, events, lower(hex(tag)) AS tag, iif(matches, body, NULL) AS body
  FROM measured CROSS JOIN publication_page USING (first)
  WHERE ${OF_FEED} AND (total <= ${PAGE_BYTES_MAX} OR total = own) ORDER BY first`;

interface PageRow {
  readonly first: number;
  readonly events: number;
  readonly tag: string;
  /** Null: no event of it matches. */
  readonly body: string | null;
}

/** `tag`: of the page that has the position. */
const READ_FACTS = `
  SELECT (SELECT lower(hex(tag)) FROM (
      SELECT first, events, tag FROM publication_page WHERE ${OF_FEED} AND first <= ?3 ORDER BY first DESC LIMIT 1)
      WHERE first + events > ?3) AS tag,
    coalesce((SELECT first + events - 1 FROM publication_page WHERE ${OF_FEED} ORDER BY first DESC LIMIT 1), 0) AS head,
    (SELECT coalesce(max(number), 0) FROM epoch) AS epoch`;

interface Facts {
  readonly tag: string | null;
  readonly head: number;
  readonly epoch: number;
}

/**
 * Of the primary, where every lower position exists, too.
 *
 * @param types of the events; undefined: all
 */
export async function readPublicationPage(
  database: D1Database,
  feed: Feed,
  from: JournalPosition,
  limit: number,
  types: readonly string[] | undefined,
): Promise<PublicationPage | RestoredJournal | Hole> {
  const { tenant, publication } = feed;
  const wanted = types === undefined ? null : JSON.stringify(types);
  const [found, known] = await database
    .withSession('first-primary')
    .batch([
      database
        .prepare(READ_PAGES)
        .bind(tenant, publication, from.position, wanted, types ? PAGES_MAX : limit),
      database.prepare(READ_FACTS).bind(tenant, publication, from.position),
    ]);
  // The statements determine the types of the rows.
  const rows = (found?.results ?? []) as PageRow[];
  const [facts] = (known?.results ?? []) as Facts[];
  if (!facts) throw new Error('The feed of a publication has no facts.');
  if (from.position > 0 && facts.tag !== from.tag)
    return restored(database, feed, from, facts.epoch);
  const missing = missingIn(rows, from.position, facts.head);
  if (missing) return { hole: missing };
  const events = rows.flatMap((row) => eventsOf(feed, row));
  const matching = events.filter(
    ({ position, type }) => position > from.position && (types?.includes(type) ?? true),
  );
  const page = matching.slice(0, limit);
  const after = page.length === limit ? page.at(-1) : endOf(rows);
  const { position, tag } = after ?? from;
  return {
    events: page,
    after: position === 0 ? JOURNAL_START : { epoch: facts.epoch, position, tag },
    isEnd: position >= facts.head,
  };
}

/** Positions have no gaps: each page begins after the end of the one before. */
function missingIn(rows: readonly PageRow[], from: number, head: number): Hole['hole'] | undefined {
  let after = from;
  for (const { first, events } of rows) {
    if (first > after + 1) return [after, first - 1];
    after = first + events - 1;
  }
  return rows.length === 0 && head > from ? [from, head] : undefined;
}

function eventsOf({ tenant, publication }: Feed, { first, tag, body }: PageRow): PositionedEvent[] {
  const stored: PublicPageEvent[] = body === null ? [] : JSON.parse(body);
  return stored.map((event, index) => ({
    ...publishedEvent(tenant, publication, event),
    ...{ position: first + index, tag },
  }));
}

function endOf(rows: readonly PageRow[]): Pick<JournalPosition, 'position' | 'tag'> | undefined {
  const last = rows.at(-1);
  return last && { position: last.first + last.events - 1, tag: last.tag };
}

/**
 * The newest page that old and new feed share: it was written before an event that both journals have. A page that was
 * written at the common position itself may be one that came after the restore.
 */
const READ_COMMON = `
  SELECT first + events - 1 AS position, lower(hex(tag)) AS tag FROM publication_page
  WHERE ${OF_FEED} AND first + events - 1 <= ?3 AND journal < (SELECT min(common) FROM epoch WHERE number > ?4)
  ORDER BY first DESC LIMIT 1`;

const READ_KNOWN_RESTORE = 'SELECT 1 FROM epoch WHERE number > ? LIMIT 1';

async function restored(
  database: D1Database,
  { tenant, publication }: Feed,
  from: JournalPosition,
  epoch: number,
): Promise<RestoredJournal> {
  const [found, restore] = await database
    .withSession('first-primary')
    .batch([
      database.prepare(READ_COMMON).bind(tenant, publication, from.position, from.epoch),
      database.prepare(READ_KNOWN_RESTORE).bind(from.epoch),
    ]);
  // The statement determines the type of the rows.
  const [common] = (found?.results ?? []) as { position: number; tag: string }[];
  if (common) return { common: { epoch, ...common } };
  return (restore?.results.length ?? 0) > 0 ? { common: JOURNAL_START } : {};
}
