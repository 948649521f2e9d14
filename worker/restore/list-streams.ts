/** What a restore of D1 must not lose: every stream that D1 knows, and the current epoch and revision. */
import { firstWithinBytes, utf8Bytes } from '../../core/values/bytes.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import { firstOf, HEAD } from '../journal/page-sql.ts';
import { nextPosition, readJournal } from '../journal/read-journal.ts';
import { streamKey } from '../projections/positions.ts';

export interface ListedStream {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
}

export interface StreamPage {
  readonly streams: readonly ListedStream[];
  /** The last stream of the page; left out at the end. */
  readonly after?: Pick<ListedStream, 'tenant' | 'stream'>;
}

const PAGE_STREAMS = 5_000;

/** Our limit on a response: small enough for memory, and large enough that round trips do not dominate. */
const PAGE_BYTES = 1_000_000;

const LIST = `
  SELECT tenant, stream, version FROM checkpoint
  WHERE (tenant, stream) > (?, ?) AND projection = '' ORDER BY tenant, stream LIMIT ${PAGE_STREAMS}`;

/** The streams of all tenants, because a restore reverts the whole database. */
export async function listStreams(
  database: D1Database,
  after: Pick<ListedStream, 'tenant' | 'stream'>,
): Promise<StreamPage> {
  const { results } = await database
    .withSession('first-primary')
    .prepare(LIST)
    .bind(after.tenant, after.stream)
    .all<ListedStream>();
  const streams = firstWithinBytes(results, (row) => utf8Bytes(JSON.stringify(row)), PAGE_BYTES);
  const last = streams.at(-1);
  const isEnd = streams.length === results.length && results.length < PAGE_STREAMS;
  if (isEnd || !last) return { streams };
  return { streams, after: { tenant: last.tenant, stream: last.stream } };
}

/** Streams with events after a position: those that were created or changed while the list was made. */
export async function listNewerStreams(
  journal: JournalStore,
  after: number,
): Promise<{ streams: readonly ListedStream[]; after: number; done: boolean }> {
  const { events, head, missing } = await readJournal(journal, after, PAGE_STREAMS);
  const streams = new Map<string, ListedStream>();
  for (const { tenant, stream, version } of events) {
    const known = streams.get(streamKey({ tenant, stream }))?.version ?? 0;
    const newest = { tenant, stream, version: Math.max(version, known) };
    if (tenant !== '') streams.set(streamKey(newest), newest);
  }
  const upTo = events.at(-1)?.position ?? (await pastMissing(journal, missing)) ?? head;
  return { streams: [...streams.values()], after: Math.max(upTo, after), done: upTo >= head };
}

/** The list goes on behind a missing position: a restore is what is done about it. */
async function pastMissing(
  journal: JournalStore,
  missing: number | undefined,
): Promise<number | undefined> {
  const next = missing && (await nextPosition(journal, missing));
  return next && next - 1;
}

/** The last position of a page, or of a segment, and its tag. */
export interface Anchor {
  readonly position: number;
  readonly tag: string;
}

export interface DatabaseState {
  readonly epoch: number;
  readonly revision: number;
  readonly head: number;
  /**
   * The ends of the newest thousand pages, of the newest 500 segments, and of increasingly sparse older ones: those that
   * still exist after the restore are common. A segment's end is that of a page where the restored database still has it.
   */
  readonly anchors: readonly Anchor[];
}

const READ_STATE = `
  SELECT coalesce((SELECT max(number) FROM epoch), 0) AS epoch,
    coalesce((SELECT revision FROM serving_set), 0) AS revision,
    ${HEAD} AS head`;

const READ_ANCHORS = `
  WITH RECURSIVE head(position) AS (SELECT ${HEAD}),
    back(steps) AS (SELECT 1 UNION ALL SELECT steps * 2 FROM back, head WHERE steps < position),
    newest AS (SELECT first FROM journal_page ORDER BY first DESC LIMIT 1000),
    sealed AS (SELECT last FROM journal_segment ORDER BY last DESC LIMIT 500)
  SELECT first + events - 1 AS position, lower(hex(tag)) AS tag FROM journal_page
  WHERE first IN (SELECT first FROM newest UNION SELECT ${firstOf('position - steps')} FROM back, head)
  UNION ALL
  SELECT last, lower(hex(tag)) FROM journal_segment
  WHERE last IN (SELECT last FROM sealed UNION
    SELECT (SELECT min(last) FROM journal_segment WHERE last >= position - steps) FROM back, head)
  ORDER BY position DESC`;

export async function databaseState(database: D1Database): Promise<DatabaseState> {
  const [state, anchors] = await database
    .withSession('first-primary')
    .batch([database.prepare(READ_STATE), database.prepare(READ_ANCHORS)]);
  // The statement determines the type of the rows.
  const [facts] = (state?.results ?? []) as Omit<DatabaseState, 'anchors'>[];
  const found = (anchors?.results ?? []) as Anchor[];
  return { ...{ epoch: 0, revision: 0, head: 0, ...facts }, anchors: found };
}
