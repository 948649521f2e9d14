/**
 * Moves the oldest pages of the journal from D1 to R2, a segment at a time: the object first, then ONE batch that names it
 * and deletes its pages. So a crash leaves an object that the next attempt uses, and two sealers cannot both win.
 */
import { utf8Bytes } from '../../core/values/bytes.ts';
import { runD1Batch } from '../d1/run-d1-batch.ts';
import type { JournalStore } from './journal-store.ts';
import type { TaggedEvent } from './page-event.ts';
import { HEAD, SEALED, tagAt } from './page-sql.ts';
import { eventsOf, type PageRow, READ_PAGES } from './read-journal.ts';
import { putObject, type SegmentObject, segmentObject } from './segment-object.ts';
import { isRegistered, nameObject, registerObject } from './unnamed-objects.ts';

export interface SealLimits {
  /** How many positions, and bytes of pages, stay behind the head. */
  readonly keptPositions: number;
  readonly keptBytes: number;
  /** Of a segment. It also ends at PAGE_BYTES_MAX, with at least one page. */
  readonly segmentPositions: number;
  /** Of one call. */
  readonly segmentsMax: number;
}

/** Ours. A segment has what a page of a build reads; a call does some seconds of work, for 1,600 events a second. */
export const SEAL_LIMITS: SealLimits = {
  keptPositions: 200_000,
  keptBytes: 50_000_000,
  segmentPositions: 5_000,
  segmentsMax: 20,
};

/** Ours: the size of a page is read from its row, so the bytes are estimated from the oldest and the newest pages. */
const MEASURED_PAGES = 500;

const measured = (order: '' | 'DESC') => `
  SELECT events, bytes FROM (SELECT events, octet_length(body) AS bytes FROM journal_page
    ORDER BY first ${order} LIMIT CASE WHEN ?1 THEN ${MEASURED_PAGES} ELSE 0 END)`;

const READ_STATE = `
  SELECT ${HEAD} AS head, ${SEALED} AS sealed, (SELECT coalesce(max(number), 0) FROM epoch) AS epoch,
    coalesce(sum(bytes) * 1.0 / sum(events), 0) AS eventBytes
  FROM (${measured('')} UNION ALL ${measured('DESC')})`;

interface SealState {
  readonly head: number;
  readonly sealed: number;
  readonly epoch: number;
  /** 0 where it is not measured. */
  readonly eventBytes: number;
}

export interface Sealing {
  readonly segments: number;
  readonly events: number;
}

/**
 * Seals what lies too far behind the head, in whole segments. Does nothing without a bucket.
 *
 * @param isMeasured whether the bytes of the pages count, too, which reads a thousand of their rows
 * @throws UnreachableBucket, DamagedSegment, D1's errors: what is sealed is sealed, and the next call goes on
 */
export async function sealJournal(
  journal: JournalStore,
  nowMs: () => number,
  isMeasured: boolean,
  limits: SealLimits = SEAL_LIMITS,
): Promise<Sealing> {
  const { name, database, bucket } = journal;
  let [segments, events] = [0, 0];
  if (!bucket) return { segments, events };
  const state = await database
    .withSession('first-primary')
    .prepare(READ_STATE)
    .bind(isMeasured ? 1 : 0)
    .first<SealState>();
  const { head = 0, epoch = 0, eventBytes = 0 } = state ?? {};
  let { sealed = 0 } = state ?? {};
  let bytes = eventBytes * (head - sealed);
  const isDue = () =>
    head - sealed >= limits.keptPositions + limits.segmentPositions || bytes > limits.keptBytes;
  while (segments < limits.segmentsMax && isDue()) {
    const pages = await oldestPages(database, sealed, head, limits);
    const last = await sealPages({ name, database, bucket }, epoch, pages, nowMs());
    if (last === undefined) break;
    segments++;
    events += last - sealed;
    sealed = last;
    bytes -= pages.reduce((sum, { body }) => sum + utf8Bytes(body), 0);
  }
  return { segments, events };
}

interface OpenPage extends PageRow {
  readonly opened: readonly TaggedEvent[];
}

/** Whole pages without the newest, and no more than have their positions without a gap. */
async function oldestPages(
  database: D1Database,
  sealed: number,
  head: number,
  { segmentPositions }: SealLimits,
): Promise<OpenPage[]> {
  const { results } = await database
    .withSession('first-primary')
    .prepare(READ_PAGES)
    .bind(sealed, segmentPositions)
    .all<PageRow>();
  const pages: OpenPage[] = [];
  let next = sealed + 1;
  for (const page of results) {
    const last = page.first + page.events - 1;
    const opened = eventsOf(page);
    const isWhole = page.first === next && opened.length === page.events;
    const fits = pages.length === 0 || last <= sealed + segmentPositions;
    if (!isWhole || !fits || last >= head) break;
    pages.push({ ...page, opened });
    next = last + 1;
  }
  return pages;
}

/**
 * NULL, and so a lost race, if another sealer has won, an erasure has blanked one of the pages, D1 was restored and has
 * others, or the object is being deleted.
 */
const INSERT = `
  INSERT INTO journal_segment (last, first, tenants, object, bytes, digest, tag, first_recorded_at, sealed_at)
  VALUES (?1, CASE WHEN ${SEALED} = ?2 - 1 AND ${HEAD} > ?1 AND ?7 = ${tagAt('?1')}
      AND ?10 = (SELECT count(*) FROM journal_page WHERE first >= ?2 AND first <= ?1 AND tenant <> '')
      AND ${isRegistered('?4')} THEN ?2 END,
    ?3, ?4, ?5, ?6, unhex(?7), ?8, ?9)`;

const DELETE_PAGES = 'DELETE FROM journal_page WHERE first >= ? AND first <= ?';

/** The last position that is sealed; undefined if there is nothing to seal, or another one has won. */
async function sealPages(
  { name, database, bucket }: JournalStore & { readonly bucket: R2Bucket },
  epoch: number,
  pages: readonly OpenPage[],
  nowMs: number,
): Promise<number | undefined> {
  const [oldest, newest] = [pages.at(0), pages.at(-1)];
  if (!oldest || !newest) return undefined;
  const events = pages.flatMap(({ opened }) => opened);
  const object = await segmentObject(name, epoch, events);
  await registerObject(database, object, nowMs);
  await putObject(bucket, object);
  const { first } = oldest;
  const last = newest.first + newest.events - 1;
  const [firstRecordedAt = ''] = pages.map((page) => page.firstRecordedAt).sort();
  const written = await runD1Batch(database, [
    database
      .prepare(INSERT)
      .bind(
        ...[last, first, ...objectColumns(events, object), newest.tag],
        ...[firstRecordedAt, new Date(nowMs).toISOString()],
        pages.filter(({ tenant }) => tenant !== '').length,
      ),
    database.prepare(DELETE_PAGES).bind(first, last),
    ...nameObject(database, object.name),
  ]);
  if (written.outcome === 'refused') throw written.error;
  return written.outcome === 'written' ? last : undefined;
}

/** The values of `tenants`, `object`, `bytes` and `digest`. */
export function objectColumns(events: readonly TaggedEvent[], object: SegmentObject) {
  const tenants = new Set(events.map(({ tenant }) => tenant).filter((tenant) => tenant !== ''));
  return [
    ...[JSON.stringify([...tenants]), object.name, object.bytes.byteLength, object.digest],
  ] as const;
}
