/**
 * Reads a page of the feed for one tenant from the pages of the journal, with limits on the examined positions, the
 * events and the bytes.
 */

import { OWN_AGGREGATE_PREFIX } from '../../core/access/own-tenant.ts';
import { aggregateOf } from '../../core/aggregate/stream.ts';
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import type { JournalEvent } from '../../core/plan/plan-catch-up.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import { journalEvent, type PageEvent } from '../journal/page-event.ts';
import { firstOf, HEAD, tagAt } from '../journal/page-sql.ts';

/** Our limit on what a page whose filter matches rarely examines. The stored page that it reaches counts whole. */
export const POSITIONS_MAX = 10_000;

export interface JournalFilters {
  readonly type?: readonly string[];
  readonly aggregate?: readonly string[];
  readonly stream?: string;
}

/** An event with the parts of its position. */
export type TaggedEvent = JournalEvent & { readonly tag: string };

export interface JournalPage {
  readonly events: readonly TaggedEvent[];
  /** The position up to which the page has examined the journal. */
  readonly after: JournalPosition;
  /** Whether that was the newest position. */
  readonly isEnd: boolean;
}

/** D1 was restored after the position was issued. */
export interface RestoredJournal {
  /** The newest position that the old and the new journal share. */
  readonly common?: JournalPosition;
}

/** A position between these two is missing: no event after it may be returned. */
export interface Hole {
  readonly hole: readonly [after: number, upTo: number];
}

/** Whether a page may have an event that the filters let through. Exact but for `stream`. */
const MAY_MATCH = `EXISTS (
      SELECT 1 FROM json_each(types) AS kind
      WHERE (?4 IS NULL OR substr(kind.value, instr(kind.value, '/') + 1) IN (SELECT value FROM json_each(?4)))
        AND (?5 IS NULL OR substr(kind.value, 1, instr(kind.value, '/') - 1) IN (SELECT value FROM json_each(?5))))`;

/**
 * `near`: the stored pages that may match, one more than the limit needs. `opened`: those that fit by their size, so
 * that only their bodies are read. At least one row, which has the end of the page, the number of positions up to it,
 * and the tags at both ends.
 */
const PAGE = `
  WITH near AS MATERIALIZED (
    SELECT first, octet_length(body) AS bytes FROM journal_page
    WHERE first >= ${firstOf('?1 + 1')} AND first <= ?1 + ${POSITIONS_MAX} AND first + events > ?1 + 1 AND tenant = ?3
      AND ${MAY_MATCH}
    ORDER BY first LIMIT CASE WHEN ?6 IS NULL THEN ?7 + 1 ELSE ${POSITIONS_MAX} END
  ),
  measured AS (SELECT first, bytes, sum(bytes) OVER (ORDER BY first) AS total FROM near),
  opened AS MATERIALIZED (
    SELECT first FROM measured WHERE total <= ${PAGE_BYTES_MAX} OR total = bytes),
  found AS MATERIALIZED (
    SELECT first + event.key AS position, event.value AS event, lower(hex(tag)) AS tag
    FROM opened CROSS JOIN journal_page USING (first) CROSS JOIN json_each(body) AS event
    WHERE first + event.key > ?1 AND event.value ->> 0 NOT GLOB '${OWN_AGGREGATE_PREFIX}*'
      AND (?4 IS NULL OR event.value ->> 3 IN (SELECT value FROM json_each(?4)))
      AND (?5 IS NULL OR substr(event.value ->> 0, 1, instr(event.value ->> 0, '/') - 1) IN (SELECT value FROM json_each(?5)))
      AND (?6 IS NULL OR event.value ->> 0 = ?6)
    ORDER BY first, event.key LIMIT ?7
  ),
  page AS (
    SELECT CASE WHEN count(*) = ?7 THEN max(position) ELSE coalesce(
      (SELECT min(first) - 1 FROM near WHERE first NOT IN (SELECT first FROM opened)),
      (SELECT first + events - 1 FROM journal_page WHERE first <= ?1 + ${POSITIONS_MAX} ORDER BY first DESC LIMIT 1),
      0) END AS after
    FROM found
  )
  SELECT page.after, ${tagAt('page.after')} AS afterTag, page.after >= ${HEAD} AS isEnd,
    (SELECT coalesce(sum(min(first + events - 1, page.after) - max(first - 1, ?1)), 0) FROM journal_page
      WHERE first >= ${firstOf('?1 + 1')} AND first <= page.after AND first + events > ?1 + 1) AS present,
    ${tagAt('?1')} AS fromTag,
    (SELECT coalesce(max(number), 0) FROM epoch) AS epoch, common.position AS common, common.tag AS commonTag,
    found.position, found.event, found.tag
  FROM page
  LEFT JOIN (
    SELECT min(common, ?1) AS position, ${tagAt('min(common, ?1)')} AS tag
    FROM epoch WHERE number > ?2 ORDER BY common LIMIT 1
  ) AS common ON true
  LEFT JOIN found ON true
  ORDER BY found.position`;

interface PageFacts {
  readonly after: number;
  readonly afterTag: string | null;
  readonly isEnd: number;
  /** The number of positions between the given one and `after`. */
  readonly present: number;
  readonly fromTag: string | null;
  readonly epoch: number;
  readonly common: number | null;
  readonly commonTag: string | null;
}

type PageRow = PageFacts &
  (
    | { readonly position: number; readonly event: string; readonly tag: string }
    | { readonly position: null }
  );

/** From the primary, where every lower position exists too, because writes to D1 are ordered. */
export async function readJournalPage(
  database: D1Database,
  tenant: string,
  from: JournalPosition,
  limit: number,
  { type, aggregate, stream }: JournalFilters,
): Promise<JournalPage | RestoredJournal | Hole> {
  const aggregates = aggregate ?? (stream === undefined ? undefined : [aggregateOf(stream) ?? '']);
  const filters = [json(type), json(aggregates), stream ?? null];
  const { results } = await database
    .withSession('first-primary')
    .prepare(PAGE)
    .bind(from.position, from.epoch, tenant, ...filters, limit)
    .all<PageRow>();
  const [facts] = results;
  if (!facts) throw new Error('The page of the journal has no row.');
  if (from.position > 0 && facts.fromTag !== from.tag) return restored(facts);
  const { after, afterTag, present, epoch } = facts;
  if (present !== after - from.position) return { hole: [from.position, after] };
  return {
    events: results.flatMap((row) => taggedEvent(tenant, row)),
    after: { epoch, position: after, tag: afterTag ?? '' },
    isEnd: facts.isEnd === 1,
  };
}

function restored({ epoch, common, commonTag }: PageFacts): RestoredJournal {
  if (common === null || (common > 0 && commonTag === null)) return {};
  return { common: { epoch, position: common, tag: commonTag ?? '' } };
}

function taggedEvent(tenant: string, row: PageRow): TaggedEvent[] {
  if (row.position === null) return [];
  const event: PageEvent = JSON.parse(row.event);
  return [{ ...journalEvent(tenant, row.position, event), tag: row.tag }];
}

function json(list: readonly string[] | undefined): string | null {
  return list === undefined ? null : JSON.stringify(list);
}
