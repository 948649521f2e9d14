/**
 * Reads a page of the feed for one tenant, with limits on the examined positions, the events and the bytes: from the
 * journal's pages in D1, or from the segment of R2 that has the positions.
 */

import { OWN_AGGREGATE_PREFIX } from '../../core/access/own-tenant.ts';
import { aggregateOf } from '../../core/aggregate/stream.ts';
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import { sealedPrefix } from '../../core/sealed/sealed.ts';
import { placesOfSubject } from '../../core/sealed/sealed-places.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import { journalEvent, type PageEvent, type TaggedEvent } from '../journal/page-event.ts';
import { firstOf, HEAD, tagAt } from '../journal/page-sql.ts';
import {
  type OpenSegment,
  openSegment,
  READ_SEGMENT,
  type SegmentRow,
  segmentIn,
} from '../journal/read-segment.ts';
import { DamagedSegment } from '../journal/segment-object.ts';

/** Our limit on what a page whose filter matches rarely examines. The stored page that it reaches counts whole. */
export const POSITIONS_MAX = 10_000;

export interface JournalFilters {
  readonly type?: readonly string[];
  readonly aggregate?: readonly string[];
  readonly stream?: string;
  /** Of personal data: events that have values of this one alone. */
  readonly subject?: string;
}

export interface JournalPage {
  readonly events: readonly TaggedEvent[];
  /** The position up to which the page has examined the journal. */
  readonly after: JournalPosition;
  /** Whether that was the newest position. */
  readonly isEnd: boolean;
  /** Whether it comes from a segment: there is more behind it, whatever it holds. */
  readonly isSealed: boolean;
}

/** D1 was restored after the position was issued. */
export interface RestoredJournal {
  /** The newest position that the old and the new journal share. */
  readonly common?: JournalPosition;
}

/** A position between these two is missing: no event after it may be returned. */
export interface Hole {
  readonly hole: readonly [after: number, upTo: number];
  /** With the name of the object, where they are sealed. */
  readonly error?: DamagedSegment;
}

/** Whether a page may have an event that the filters let through. Exact but for `stream` and `subject`. */
const MAY_MATCH = `EXISTS (
      SELECT 1 FROM json_each(types) AS kind
      WHERE (?4 IS NULL OR substr(kind.value, instr(kind.value, '/') + 1) IN (SELECT value FROM json_each(?4)))
        AND (?5 IS NULL OR substr(kind.value, 1, instr(kind.value, '/') - 1) IN (SELECT value FROM json_each(?5))))
      AND (?8 IS NULL OR instr(body, ?8) > 0)`;

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
    ORDER BY first LIMIT CASE WHEN ?6 IS NULL AND ?8 IS NULL THEN ?7 + 1 ELSE ${POSITIONS_MAX} END
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
      AND (?6 IS NULL OR event.value ->> 0 = ?6) AND (?8 IS NULL OR instr(event.value, ?8) > 0)
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

interface Wanted {
  readonly tenant: string;
  readonly from: JournalPosition;
  readonly limit: number;
  readonly filters: JournalFilters;
}

/** From the primary, where every lower position exists too, because writes to D1 are ordered. */
export async function readJournalPage(
  journal: JournalStore,
  tenant: string,
  from: JournalPosition,
  limit: number,
  given: JournalFilters,
): Promise<JournalPage | RestoredJournal | Hole> {
  const { database } = journal;
  const { type, stream, subject } = given;
  const aggregate = given.aggregate ?? aggregatesOf(given);
  const filters = { ...given, ...(aggregate && { aggregate }) };
  const [sealed, found] = await database.withSession('first-primary').batch([
    database.prepare(READ_SEGMENT).bind(from.position),
    database.prepare(PAGE).bind(
      ...[from.position, from.epoch, tenant],
      ...[json(type), json(aggregate), stream ?? null, limit],
      // What a text has by chance is found, too: the values are looked at by the reader.
      subject === undefined ? null : sealedPrefix(subject),
    ),
  ]);
  // The statement determines the type of the rows.
  const results = (found?.results ?? []) as PageRow[];
  const [facts] = results;
  if (!facts) throw new Error('The page of the journal has no row.');
  const segment = segmentIn(sealed);
  if (segment) {
    try {
      return await readSealedPage(journal, segment, facts, { tenant, from, limit, filters });
    } catch (error) {
      if (!(error instanceof DamagedSegment)) throw error;
      return { hole: [from.position, segment.last], error };
    }
  }
  if (from.position > 0 && facts.fromTag !== from.tag) return restored(journal, facts);
  const { after, afterTag, present, epoch } = facts;
  if (present !== after - from.position) return { hole: [from.position, after] };
  return {
    events: results.flatMap((row) => taggedEvent(tenant, row)),
    after: { epoch, position: after, tag: afterTag ?? '' },
    isEnd: facts.isEnd === 1,
    isSealed: false,
  };
}

function aggregatesOf({ stream }: JournalFilters): readonly string[] | undefined {
  return stream === undefined ? undefined : [aggregateOf(stream) ?? ''];
}

/** Opens the object only if it can match, or to check the tag of a position inside of it. */
async function readSealedPage(
  journal: JournalStore,
  segment: SegmentRow,
  facts: PageFacts,
  wanted: Wanted,
): Promise<JournalPage | RestoredJournal | Hole> {
  const { from, tenant, limit } = wanted;
  const { first, last, tenants } = segment;
  if (first > from.position + 1) return { hole: [from.position, first - 1] };
  const { epoch } = facts;
  const isInside = from.position >= first;
  const mayMatch = (JSON.parse(tenants) as string[]).includes(tenant);
  const opened = isInside || mayMatch ? await openSegment(journal, segment) : undefined;
  const tag = isInside ? opened?.at(from.position)?.tag : facts.fromTag;
  if (from.position > 0 && tag !== from.tag) return restored(journal, facts);
  const events = opened && mayMatch ? matching(opened, wanted) : [];
  const end = events.length === limit ? events.at(-1) : undefined;
  const { position, tag: endTag } = end ?? { position: last, tag: segment.tag };
  return {
    ...{ events, isEnd: false, isSealed: true },
    after: { epoch, position, tag: endTag },
  };
}

/** What PAGE selects from pages. */
function matching(opened: OpenSegment, { tenant, from, limit, filters }: Wanted): TaggedEvent[] {
  const { type, aggregate, stream, subject } = filters;
  return opened.after(
    from.position,
    limit,
    (event) =>
      event.tenant === tenant &&
      !event.stream.startsWith(OWN_AGGREGATE_PREFIX) &&
      (type?.includes(event.type) ?? true) &&
      (aggregate?.includes(aggregateOf(event.stream) ?? '') ?? true) &&
      (stream === undefined || event.stream === stream) &&
      (subject === undefined || placesOfSubject(event.data, subject).length > 0),
  );
}

async function restored(
  journal: JournalStore,
  { epoch, common, commonTag }: PageFacts,
): Promise<RestoredJournal> {
  if (common === null) return {};
  const tag = common > 0 ? (commonTag ?? (await sealedTag(journal, common))) : '';
  return tag === undefined ? {} : { common: { epoch, position: common, tag } };
}

/** The tag of a position inside of a segment. */
async function sealedTag(journal: JournalStore, position: number): Promise<string | undefined> {
  const [found] = await journal.database
    .withSession('first-primary')
    .batch([journal.database.prepare(READ_SEGMENT).bind(position - 1)]);
  const segment = segmentIn(found);
  return segment && (await openSegment(journal, segment)).at(position)?.tag;
}

function taggedEvent(tenant: string, row: PageRow): TaggedEvent[] {
  if (row.position === null) return [];
  const event: PageEvent = JSON.parse(row.event);
  return [{ ...journalEvent(tenant, row.position, event), tag: row.tag }];
}

function json(list: readonly string[] | undefined): string | null {
  return list === undefined ? null : JSON.stringify(list);
}
