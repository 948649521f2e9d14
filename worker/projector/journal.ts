/** Reads the journal by position, which is the order of arrival. */
import type { JournalEvent } from '../../core/build.ts';
import { PAGE_BYTES_MAX } from '../../core/bytes.ts';
import { EVENT_ENVELOPE_BYTES } from '../../core/event.ts';

/**
 * The rows of `found`, a common table of positions and their bytes, that fit into a page: at least one. Sizes come first
 * so that no data is read in vain. `found` counts the rows there would be without the limit.
 */
export const WITHIN_PAGE = `
  measured AS (
    SELECT position, bytes, sum(bytes) OVER (ORDER BY position) AS total, count(*) OVER () AS found FROM found)
  SELECT position, tenant, stream, version, id, type, schema_version AS schemaVersion, data,
    recorded_at AS recordedAt, occurred_at AS occurredAt, metadata, found
  FROM measured CROSS JOIN journal USING (position)
  WHERE total <= ${PAGE_BYTES_MAX} OR total = bytes ORDER BY position`;

/** Of a row of the journal. SQLite counts without reading the data. */
export const ROW_BYTES = `octet_length(data) + octet_length(metadata) + ${EVENT_ENVELOPE_BYTES}`;

const READ_PAGE = `
  WITH found AS (
    SELECT position, ${ROW_BYTES} AS bytes FROM journal WHERE position > ?1 ORDER BY position LIMIT ?2),
  ${WITHIN_PAGE}`;

export const READ_HEAD = 'SELECT coalesce(max(position), 0) AS head FROM journal';

export type JournalRow = Omit<JournalEvent, 'data' | 'metadata'> & {
  readonly data: string;
  readonly metadata: string;
  readonly found: number;
};

export interface JournalPage {
  readonly events: readonly JournalEvent[];
  /** The newest position when the page was read. */
  readonly head: number;
}

/** Fewer events than the limit are not the journal's end. Always from the primary: the last page of a build has to be the last. */
export async function readJournal(
  database: D1Database,
  after: number,
  limit: number,
): Promise<JournalPage> {
  const [page, head] = await database
    .withSession('first-primary')
    .batch([database.prepare(READ_PAGE).bind(after, limit), database.prepare(READ_HEAD)]);
  // The rows are what the statements say.
  const rows = (page?.results ?? []) as JournalRow[];
  const [newest] = (head?.results ?? []) as { head: number }[];
  return { events: rows.map(journalEvent), head: newest?.head ?? 0 };
}

export function journalEvent({ found: _found, ...row }: JournalRow): JournalEvent {
  return { ...row, data: JSON.parse(row.data), metadata: JSON.parse(row.metadata) };
}
