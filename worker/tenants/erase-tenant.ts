/**
 * Erases a tenant from a database and its objects: a part at a time, each counted in the batch that deletes it, so that
 * an erasure that is interrupted goes on where it was, and two that run at the same time do and count each part once. The
 * positions of its events stay in the journal, without content.
 */
import type { ErasedCounts } from '../../core/access/tenant.ts';
import { tableSuffix } from '../../core/plan/projection-version.ts';
import { eraseFromSegment } from '../journal/erase-from-segment.ts';
import { HEAD, SEALED } from '../journal/page-sql.ts';
import { quoted } from '../projections/row-statements.ts';
import { currentServingSet } from '../projections/serving-set.ts';
import type { Projector } from '../projector/projector.ts';
import { eraseStreams, eraseSubjects } from './erase-streams.ts';
import { eraseSubscriptions } from './erase-subscriptions.ts';

/** Ours, of one statement: a second of D1 at most. */
const POSITIONS_AT_ONCE = 20_000;
const ROWS_AT_ONCE = 5_000;

interface Erasure extends Omit<ErasedCounts, 'deadLetters' | 'keys'> {
  readonly position: number;
  readonly blanked: number;
  readonly deadLetters: number;
}

const READ = `
  SELECT position, blanked, streams, subjects, events, rows, dead_letters AS deadLetters, objects
  FROM erasure WHERE tenant = ?`;

/** `more`: to be continued. Else what was erased; undefined where no erasure is under way. */
export async function eraseSome(
  projector: Projector,
  tenant: string,
): Promise<'more' | Omit<ErasedCounts, 'keys'> | undefined> {
  const { database, nowMs } = projector;
  const erasure = await database.prepare(READ).bind(tenant).first<Erasure>();
  if (!erasure) return undefined;
  // Before anything else: without its keys, what is left of it in a backup opens no more.
  if (await eraseSubjects(projector, tenant)) return 'more';
  if (await eraseSubscriptions(projector, tenant)) return 'more';
  // The journal before the rows, so that no build brings back what is deleted behind it.
  if (erasure.blanked === 0) {
    const isReplaced = await eraseFromSegment(projector, tenant, nowMs());
    if (!isReplaced) await blankEvents(database, tenant, erasure.position);
  } else if (!((await eraseStreams(projector, tenant)) || (await eraseRows(projector, tenant)))) {
    const { streams, subjects, events, rows, deadLetters, objects } = erasure;
    return { streams, subjects, events, rows, deadLetters, objects };
  }
  return 'more';
}

/** No page is left before the sealed end. */
const FROM = `max(?2, ${SEALED})`;
const UP_TO = `${FROM} + ${POSITIONS_AT_ONCE}`;
const PAGES = `first > ${FROM} AND first <= ${UP_TO} AND tenant = ?1`;

/**
 * Before they are blanked: what another erasure has blanked is not counted again. Only from where it began: another one
 * may have done the same part. Pages may be sealed meanwhile, with the tenant's events: their segments are erased first.
 */
const COUNT_EVENTS = `
  UPDATE erasure SET events = events + (SELECT coalesce(sum(events), 0) FROM journal_page WHERE ${PAGES}),
    position = ${UP_TO}, blanked = ${UP_TO} >= ${HEAD} AND NOT EXISTS (
      SELECT 1 FROM journal_segment, json_each(tenants) AS one WHERE one.value = ?1)
  WHERE tenant = ?1 AND position = ?2`;

/** In the form of worker/journal/page-event. The page keeps its row, its tag and its positions. */
const BLANK = `
  UPDATE journal_page SET tenant = '', types = '[]', body = (
    SELECT json_group_array(json_array('', value ->> 1, '', '', value ->> 4, NULL, value ->> 6, value ->> 7, json('{}'))
      ORDER BY key)
    FROM json_each(body))
  WHERE ${PAGES}`;

async function blankEvents(database: D1Database, tenant: string, after: number): Promise<void> {
  await database.batch([
    database.prepare(COUNT_EVENTS).bind(tenant, after),
    database.prepare(BLANK).bind(tenant, after),
  ]);
}

const COUNT_ROWS = 'UPDATE erasure SET rows = rows + changes() WHERE tenant = ?1';
const COUNT_DEAD_LETTERS =
  'UPDATE erasure SET dead_letters = dead_letters + changes() WHERE tenant = ?1';

/** The columns of the keys of tables: app tables have no row ids. */
const READ_KEYS = `
  SELECT wanted.value AS "table", group_concat('"' || key.name || '"') AS columns
  FROM json_each(?) AS wanted JOIN pragma_table_info(wanted.value) AS key ON key.pk > 0 GROUP BY wanted.value`;

/** Ledge's own tables with rows of a tenant beside the journal. */
const OWN_TABLES = ['dead_letter', 'watch', 'subject_key', 'publication_page', 'schedule'];

/** False where there is none left. */
async function eraseRows({ database }: Projector, tenant: string): Promise<boolean> {
  const { generations } = await currentServingSet(database);
  const models = generations.flatMap(({ tables, purpose }) =>
    tables.map((table) => table + tableSuffix(purpose)),
  );
  const tables = JSON.stringify([...OWN_TABLES, ...new Set(models)]);
  const { results } = await database
    .prepare(READ_KEYS)
    .bind(tables)
    .all<{ table: string; columns: string }>();
  for (const { table, columns } of results) {
    const [deleted] = await database.batch([
      database.prepare(deleteRows(table, columns)).bind(tenant),
      database.prepare(table === 'dead_letter' ? COUNT_DEAD_LETTERS : COUNT_ROWS).bind(tenant),
    ]);
    if ((deleted?.meta.changes ?? 0) > 0) return true;
  }
  return false;
}

function deleteRows(table: string, columns: string): string {
  return `
    DELETE FROM ${quoted(table)} WHERE (${columns}) IN (
      SELECT ${columns} FROM ${quoted(table)} WHERE tenant = ?1 LIMIT ${ROWS_AT_ONCE})`;
}

const END_ERASING = "UPDATE residence SET state = 'erased' WHERE tenant = ?1 AND state = 'erasing'";
const FORGET_COUNTS = 'DELETE FROM erasure WHERE tenant = ?1';

/** After the directory has what was erased. */
export async function endErasing({ database }: Projector, tenant: string): Promise<void> {
  await database.batch([
    database.prepare(END_ERASING).bind(tenant),
    database.prepare(FORGET_COUNTS).bind(tenant),
  ]);
}
