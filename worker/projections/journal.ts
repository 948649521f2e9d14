/** Reads the journal by position, which is the order of arrival. */

import { EVENT_ENVELOPE_BYTES } from '../../core/aggregate/event.ts';
import type { JournalEvent } from '../../core/plan/plan-catch-up.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';

/** The bytes of a row of the journal, which SQLite counts without reading the data. */
export const ROW_BYTES = `octet_length(data) + octet_length(metadata) + ${EVENT_ENVELOPE_BYTES}`;

/** Selects by size first, so that only the data of the page is read: the rows that fit, at least one. */
const READ_PAGE = `
  WITH found AS (
    SELECT position, ${ROW_BYTES} AS bytes FROM journal WHERE position > ?1 ORDER BY position LIMIT ?2),
  measured AS (SELECT position, bytes, sum(bytes) OVER (ORDER BY position) AS total FROM found)
  SELECT position, tenant, stream, version, id, type, schema_version AS schemaVersion, data,
    recorded_at AS recordedAt, occurred_at AS occurredAt, metadata, lower(hex(tag)) AS tag
  FROM measured CROSS JOIN journal USING (position)
  WHERE total <= ${PAGE_BYTES_MAX} OR total = bytes ORDER BY position`;

export const READ_HEAD = 'SELECT coalesce(max(position), 0) AS head FROM journal';

const READ_BLANKING = 'SELECT 1 FROM erasure WHERE blanked = 0 LIMIT 1';

export type JournalRow = Omit<JournalEvent, 'data' | 'metadata'> & {
  readonly data: string;
  readonly metadata: string;
};

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
  const [page, head, blanking] = await database
    .withSession('first-primary')
    .batch([
      database.prepare(READ_PAGE).bind(after, limit),
      database.prepare(READ_HEAD),
      database.prepare(READ_BLANKING),
    ]);
  // The statement determines the type of the rows.
  const rows = (page?.results ?? []) as (JournalRow & { readonly tag: string })[];
  const [newest] = (head?.results ?? []) as { head: number }[];
  const missing = missingIn(after, rows, newest?.head ?? 0);
  const dense = rows.filter(({ position }) => position < (missing ?? Infinity));
  const end = dense.at(-1);
  return {
    events: dense.map(({ tag: _tag, ...row }) => journalEvent(row)),
    head: newest?.head ?? 0,
    isBlanking: (blanking?.results.length ?? 0) > 0,
    ...(end && { end: { position: end.position, tag: end.tag } }),
    ...(missing !== undefined && { missing }),
  };
}

/** Positions have no gaps: rows are never deleted, and each gets the position after the highest. */
function missingIn(after: number, rows: readonly JournalRow[], head: number): number | undefined {
  const index = rows.findIndex(({ position }, index) => position !== after + index + 1);
  if (index >= 0) return after + index + 1;
  return rows.length === 0 && head > after ? after + 1 : undefined;
}

export function journalEvent(row: JournalRow): JournalEvent {
  return { ...row, data: JSON.parse(row.data), metadata: JSON.parse(row.metadata) };
}
