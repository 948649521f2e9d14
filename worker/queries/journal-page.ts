/** Reads a page of the journal for one tenant, with limits on the examined positions, the events and the bytes. */

import { OWN_AGGREGATE_PREFIX } from '../../core/access/own-tenant.ts';
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import type { JournalEvent } from '../../core/plan/plan-catch-up.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import { type JournalRow, journalEvent, ROW_BYTES } from '../projections/journal.ts';

/** Our limit on the billed rows of a page whose filter matches rarely. */
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

/**
 * Selects by size first, so that only the data of the page is read; then the events by position. At least one row,
 * which has the end of the page, the number of positions up to it, and the tags at both ends.
 */
const PAGE = `
  WITH found AS MATERIALIZED (
    SELECT position, ${ROW_BYTES} AS bytes
    FROM journal
    WHERE position > ?1 AND position <= ?1 + ${POSITIONS_MAX} AND tenant = ?3 AND stream NOT GLOB '${OWN_AGGREGATE_PREFIX}*'
      AND (?4 IS NULL OR type IN (SELECT value FROM json_each(?4)))
      AND (?5 IS NULL OR substr(stream, 1, instr(stream, '/') - 1) IN (SELECT value FROM json_each(?5)))
      AND (?6 IS NULL OR stream = ?6)
    ORDER BY position LIMIT ?7
  ),
  measured AS (SELECT position, bytes, sum(bytes) OVER (ORDER BY position) AS total FROM found),
  taken AS MATERIALIZED (
    SELECT position FROM measured WHERE total <= ${PAGE_BYTES_MAX} OR total = bytes),
  page AS (
    SELECT CASE WHEN count(*) = ?7 OR count(*) < (SELECT count(*) FROM found) THEN max(position)
      ELSE min(?1 + ${POSITIONS_MAX}, coalesce((SELECT max(position) FROM journal), 0)) END AS after
    FROM taken
  )
  SELECT page.after, (SELECT lower(hex(tag)) FROM journal WHERE position = page.after) AS afterTag,
    (SELECT count(*) FROM journal WHERE position > ?1 AND position <= page.after) AS present,
    (SELECT lower(hex(tag)) FROM journal WHERE position = ?1) AS fromTag,
    (SELECT coalesce(max(number), 0) FROM epoch) AS epoch, common.position AS common, common.tag AS commonTag,
    journal.position, id, tenant, stream, version, type, schema_version AS schemaVersion, data,
    recorded_at AS recordedAt, occurred_at AS occurredAt, metadata, lower(hex(journal.tag)) AS tag
  FROM page
  LEFT JOIN (
    SELECT min(common, ?1) AS position,
      (SELECT lower(hex(tag)) FROM journal WHERE journal.position = min(common, ?1)) AS tag
    FROM epoch WHERE number > ?2 ORDER BY common LIMIT 1
  ) AS common ON true
  LEFT JOIN taken ON true
  LEFT JOIN journal ON journal.position = taken.position
  ORDER BY journal.position`;

interface PageFacts {
  readonly after: number;
  readonly afterTag: string | null;
  /** The number of positions between the given one and `after`. */
  readonly present: number;
  readonly fromTag: string | null;
  readonly epoch: number;
  readonly common: number | null;
  readonly commonTag: string | null;
}

type PageRow = PageFacts & (({ readonly tag: string } & JournalRow) | { readonly position: null });

/** From the primary, where every lower position exists too, because writes to D1 are ordered. */
export async function readJournalPage(
  database: D1Database,
  tenant: string,
  from: JournalPosition,
  limit: number,
  { type, aggregate, stream }: JournalFilters,
): Promise<JournalPage | RestoredJournal | Hole> {
  const filters = [json(type), json(aggregate), stream ?? null];
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
    events: results.flatMap(taggedEvent),
    after: { epoch, position: after, tag: afterTag ?? '' },
  };
}

function restored({ epoch, common, commonTag }: PageFacts): RestoredJournal {
  if (common === null || (common > 0 && commonTag === null)) return {};
  return { common: { epoch, position: common, tag: commonTag ?? '' } };
}

function taggedEvent(row: PageRow): TaggedEvent[] {
  if (row.position === null) return [];
  const { after, afterTag, present, fromTag, epoch, common, commonTag, tag, ...event } = row;
  return [{ ...journalEvent(event), tag }];
}

function json(list: readonly string[] | undefined): string | null {
  return list === undefined ? null : JSON.stringify(list);
}
