/** Reads the journal by position, which is the order of arrival. */
import type { JournalEvent } from '../../core/build.ts';

/** A page ends where its data gets too large to hold. */
const PAGE_CHARACTERS_MAX = 8_000_000;

const READ_PAGE = `
  SELECT position, tenant, stream, version, id, type, schema_version AS schemaVersion, data,
    recorded_at AS recordedAt, occurred_at AS occurredAt, metadata
  FROM (
    SELECT *, sum(length(data)) OVER (ORDER BY position) - length(data) AS before
    FROM journal WHERE position > ?1 ORDER BY position LIMIT ?2)
  WHERE before <= ${PAGE_CHARACTERS_MAX}`;

export const READ_HEAD = 'SELECT coalesce(max(position), 0) AS head FROM journal';

type JournalRow = Omit<JournalEvent, 'data' | 'metadata'> & {
  readonly data: string;
  readonly metadata: string;
};

export interface JournalPage {
  readonly events: readonly JournalEvent[];
  /** The newest position when the page was read. */
  readonly head: number;
}

/** Always from the primary: the last page of a build has to be the last. */
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

export function journalEvent(row: JournalRow): JournalEvent {
  return { ...row, data: JSON.parse(row.data), metadata: JSON.parse(row.metadata) };
}
