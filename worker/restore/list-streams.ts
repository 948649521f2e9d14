/** What a restore of D1 must not lose: every stream that D1 knows, and the current epoch and revision. */
import { firstWithinBytes, utf8Bytes } from '../../core/values/bytes.ts';
import { firstOf, HEAD, READ_HEAD } from '../journal/page-sql.ts';

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

const LIST_NEWER = `
  SELECT tenant, event.value ->> 0 AS stream, max(event.value ->> 1) AS version
  FROM journal_page CROSS JOIN json_each(body) AS event
  WHERE first >= ${firstOf('?1 + 1')} AND first <= ?1 + ${PAGE_STREAMS} AND tenant <> ''
    AND first + event.key > ?1 AND first + event.key <= ?1 + ${PAGE_STREAMS}
  GROUP BY tenant, stream`;

/** Streams with events after a position: those that were created or changed while the list was made. */
export async function listNewerStreams(
  database: D1Database,
  after: number,
): Promise<{ streams: readonly ListedStream[]; after: number; done: boolean }> {
  const session = database.withSession('first-primary');
  const [streams, heads] = await session.batch([
    database.prepare(LIST_NEWER).bind(after),
    database.prepare(READ_HEAD),
  ]);
  // The statement determines the type of the rows.
  const [{ head } = { head: 0 }] = (heads?.results ?? []) as { head: number }[];
  const upTo = Math.min(head, after + PAGE_STREAMS);
  return {
    streams: (streams?.results ?? []) as ListedStream[],
    after: Math.max(upTo, after),
    done: upTo >= head,
  };
}

/** The last position of a page, and its tag. */
export interface Anchor {
  readonly position: number;
  readonly tag: string;
}

export interface DatabaseState {
  readonly epoch: number;
  readonly revision: number;
  readonly head: number;
  /**
   * The ends of the newest thousand pages, and of increasingly sparse older ones: those that still exist after the
   * restore are common.
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
    newest AS (SELECT first FROM journal_page ORDER BY first DESC LIMIT 1000)
  SELECT first + events - 1 AS position, lower(hex(tag)) AS tag FROM journal_page
  WHERE first IN (SELECT first FROM newest UNION SELECT ${firstOf('position - steps')} FROM back, head)
  ORDER BY first DESC`;

export async function databaseState(database: D1Database): Promise<DatabaseState> {
  const [state, anchors] = await database
    .withSession('first-primary')
    .batch([database.prepare(READ_STATE), database.prepare(READ_ANCHORS)]);
  // The statement determines the type of the rows.
  const [facts] = (state?.results ?? []) as Omit<DatabaseState, 'anchors'>[];
  const found = (anchors?.results ?? []) as Anchor[];
  return { ...{ epoch: 0, revision: 0, head: 0, ...facts }, anchors: found };
}
