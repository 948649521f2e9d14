/**
 * Reads a page of the journal for one tenant. Called by the feed. What it costs is bounded: positions examined, events
 * answered, bytes carried.
 */
import type { JournalEvent } from '../../core/build.ts';
import { type JournalRow, journalEvent, ROW_BYTES, WITHIN_PAGE } from '../projector/journal.ts';

/** What a rare filter costs at most, in rows that D1 bills. An event that is answered costs five (measured). */
export const POSITIONS_MAX = 10_000;

export interface JournalFilters {
  readonly type?: readonly string[];
  readonly aggregate?: readonly string[];
  readonly stream?: string;
}

export interface JournalPage {
  readonly events: readonly JournalEvent[];
  /** What was examined: everything up to here. */
  readonly after: number;
}

/** Where the journal goes on after a position, for positions may have gaps, and where it ends. */
const ENDS = `
  SELECT (SELECT position FROM journal WHERE position > ? ORDER BY position LIMIT 1) AS first,
    (SELECT max(position) FROM journal) AS last`;

const EVENTS = `
  WITH found AS (
    SELECT position, ${ROW_BYTES} AS bytes
    FROM journal
    WHERE position BETWEEN ?1 AND ?2 AND tenant = ?3
      AND (?4 IS NULL OR type IN (SELECT value FROM json_each(?4)))
      AND (?5 IS NULL OR substr(stream, 1, instr(stream, '/') - 1) IN (SELECT value FROM json_each(?5)))
      AND (?6 IS NULL OR stream = ?6)
    ORDER BY position LIMIT ?7
  ),
  ${WITHIN_PAGE}`;

/** From the primary, where a position that is there has all lower ones beside it: writes to D1 have one order. */
export async function readJournalPage(
  database: D1Database,
  tenant: string,
  after: number,
  limit: number,
  { type, aggregate, stream }: JournalFilters,
): Promise<JournalPage> {
  const session = database.withSession('first-primary');
  const ends = await session
    .prepare(ENDS)
    .bind(after)
    .first<{ first: number | null; last: number | null }>();
  const { first, last } = { first: null, last: null, ...ends };
  if (first === null || last === null) return { events: [], after };

  const to = Math.min(last, first + POSITIONS_MAX - 1);
  const { results } = await session
    .prepare(EVENTS)
    .bind(first, to, tenant, json(type), json(aggregate), stream ?? null, limit)
    .all<JournalRow>();
  const end = results.at(-1);
  const isFull = end !== undefined && (results.length === limit || results.length < end.found);
  return { events: results.map(journalEvent), after: isFull ? end.position : to };
}

function json(list: readonly string[] | undefined): string | null {
  return list === undefined ? null : JSON.stringify(list);
}
