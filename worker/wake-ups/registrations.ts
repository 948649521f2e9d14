/**
 * The subscriptions and consumer groups that a database knows, so that a batch that publishes finds those of its feeds and
 * the cron finds all. The rows follow from the objects, which write them again every hour: a restore of D1 loses none for
 * longer.
 */
import { type ReaderKind, readerPrefixes } from '../../core/group/reader-id.ts';

/** A subscription or a group by its names. */
export interface RegisteredSubscription {
  readonly tenant: string;
  readonly publication: string;
  readonly id: string;
}

const REGISTER = `
  INSERT INTO subscription (tenant, publication, id)
  SELECT ?1, ?2, ?3 WHERE NOT EXISTS (
    SELECT 1 FROM residence WHERE tenant = ?1 AND state IN ('erasing', 'erased'))
  ON CONFLICT (tenant, publication, id) DO NOTHING`;

const READ = `
  SELECT 1 FROM subscription WHERE tenant = ?1 AND publication = ?2 AND id = ?3`;

/** False where the tenant is erased. */
export async function register(
  database: D1Database,
  { tenant, publication, id }: RegisteredSubscription,
): Promise<boolean> {
  const names = [tenant, publication, id];
  const [, found] = await database.batch([
    database.prepare(REGISTER).bind(...names),
    database.prepare(READ).bind(...names),
  ]);
  return (found?.results.length ?? 0) > 0;
}

const FORGET = 'DELETE FROM subscription WHERE tenant = ? AND publication = ? AND id = ?';

export async function unregister(
  database: D1Database,
  { tenant, publication, id }: RegisteredSubscription,
): Promise<void> {
  await database.prepare(FORGET).bind(tenant, publication, id).run();
}

const FIND = 'SELECT publication FROM subscription WHERE tenant = ? AND id = ?';

/** The publication of a subscription or a group; undefined where the database does not know it. */
export async function publicationOf(
  database: D1Database,
  tenant: string,
  id: string,
): Promise<string | undefined> {
  const found = await database.prepare(FIND).bind(tenant, id).first<{ publication: string }>();
  return found?.publication;
}

const LIST = `
  SELECT tenant, publication, id FROM subscription
  WHERE tenant = ? AND (publication, id) > (?, ?) AND id GLOB ? ORDER BY publication, id LIMIT ?`;

export async function listRegistered(
  database: D1Database,
  tenant: string,
  kind: ReaderKind,
  [publication, id]: readonly [publication: string, id: string],
  limit: number,
): Promise<RegisteredSubscription[]> {
  const { results } = await database
    .prepare(LIST)
    .bind(tenant, publication, id, `${readerPrefixes[kind]}*`, limit)
    .all<RegisteredSubscription>();
  return results;
}

/** With the newest position of its feed. */
export interface ReadableSubscription extends RegisteredSubscription {
  readonly head: number;
}

/** Ours, of one tick of the cron: further ones are compared in the minutes after. */
const COMPARED_AT_ONCE = 500;

const TURNS = `max(1, ((SELECT count(*) FROM subscription) + ${COMPARED_AT_ONCE - 1}) / ${COMPARED_AT_ONCE})`;

const READ_HEADS = `
  SELECT tenant, publication, id, coalesce((
    SELECT first + events - 1 FROM publication_page AS page
    WHERE page.tenant = own.tenant AND page.publication = own.publication ORDER BY first DESC LIMIT 1), 0) AS head
  FROM subscription AS own ORDER BY tenant, publication, id
  LIMIT ${COMPARED_AT_ONCE} OFFSET ${COMPARED_AT_ONCE} * (? % ${TURNS})`;

/** Some of all, others at each `turn`. */
export async function readHeads(
  database: D1Database,
  turn: number,
): Promise<ReadableSubscription[]> {
  const { results } = await database.prepare(READ_HEADS).bind(turn).all<ReadableSubscription>();
  return results;
}
