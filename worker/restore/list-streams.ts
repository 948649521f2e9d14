/** What a restore of D1 must not lose: every stream that D1 knows, and the current epoch and revision. */
import { firstWithinBytes, utf8Bytes } from '../../core/values/bytes.ts';

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
  SELECT tenant, stream, max(version) AS version FROM journal WHERE position > ?1 AND position <= ?1 + ${PAGE_STREAMS}
    AND tenant <> ''
  GROUP BY tenant, stream`;

/** Streams with events after a position: those that were created or changed while the list was made. */
export async function listNewerStreams(
  database: D1Database,
  after: number,
): Promise<{ streams: readonly ListedStream[]; after: number; done: boolean }> {
  const session = database.withSession('first-primary');
  const [streams, heads] = await session.batch([
    database.prepare(LIST_NEWER).bind(after),
    database.prepare('SELECT coalesce(max(position), 0) AS head FROM journal'),
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

/** A position and the tag of its row. */
export interface Anchor {
  readonly position: number;
  readonly tag: string;
}

export interface DatabaseState {
  readonly epoch: number;
  readonly revision: number;
  readonly head: number;
  /**
   * The newest thousand positions, and increasingly sparse older ones: those that still exist after the restore are
   * common.
   */
  readonly anchors: readonly Anchor[];
}

const READ_STATE = `
  SELECT coalesce((SELECT max(number) FROM epoch), 0) AS epoch,
    coalesce((SELECT revision FROM serving_set), 0) AS revision,
    coalesce((SELECT max(position) FROM journal), 0) AS head`;

const READ_ANCHORS = `
  WITH RECURSIVE back(steps) AS (
    SELECT 0 UNION ALL SELECT CASE WHEN steps < 1000 THEN steps + 1 ELSE steps * 2 END FROM back
    WHERE steps < (SELECT max(position) FROM journal))
  SELECT position, lower(hex(tag)) AS tag
  FROM back CROSS JOIN journal ON position = (SELECT max(position) FROM journal) - steps`;

export async function databaseState(database: D1Database): Promise<DatabaseState> {
  const [state, anchors] = await database
    .withSession('first-primary')
    .batch([database.prepare(READ_STATE), database.prepare(READ_ANCHORS)]);
  // The statement determines the type of the rows.
  const [facts] = (state?.results ?? []) as Omit<DatabaseState, 'anchors'>[];
  const found = (anchors?.results ?? []) as Anchor[];
  return { ...{ epoch: 0, revision: 0, head: 0, ...facts }, anchors: found };
}
