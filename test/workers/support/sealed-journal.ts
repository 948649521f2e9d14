/** The journal's two parts in tests: sealing in small segments, what R2 holds, and a bucket with faults. */
import type { JournalStore } from '../../../worker/journal/journal-store.ts';
import { SEAL_LIMITS, type SealLimits, sealJournal } from '../../../worker/journal/seal-journal.ts';
import { env, rowsOf } from './harness.ts';

export const bucket = requireBucket();

function requireBucket(): R2Bucket {
  if (!env.JOURNAL) throw new Error('The test Worker lacks its bucket.');
  return env.JOURNAL;
}

export const store: JournalStore = { name: 'DB', database: env.DB, bucket };

const TABLES = ['journal_page', 'journal_segment', 'unnamed_object', 'checkpoint', 'epoch'];

/** An empty journal and an empty bucket. */
export async function emptyJournal(): Promise<void> {
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  const names = await objects();
  if (names.length > 0) await bucket.delete(names);
}

/** Everything but the newest page, in segments of so many positions. */
export function seal(
  segmentPositions: number,
  { segmentsMax = 1_000, ...limits }: Partial<SealLimits> = {},
  journal: JournalStore = store,
) {
  const few = { ...SEAL_LIMITS, keptPositions: 0, segmentPositions, segmentsMax, ...limits };
  return sealJournal(journal, Date.now, false, few);
}

export interface Segment {
  readonly first: number;
  readonly last: number;
  readonly object: string;
}

export function segments(): Promise<Segment[]> {
  return rowsOf('SELECT first, last, object FROM journal_segment ORDER BY last');
}

export async function objects(): Promise<string[]> {
  const { objects: found } = await bucket.list();
  return found.map(({ key }) => key);
}

/** As any reader of gzip and NDJSON reads it. */
export async function linesOf(object: string): Promise<Record<string, unknown>[]> {
  const found = await bucket.get(object);
  const plain = found?.body.pipeThrough(new DecompressionStream('gzip'));
  const text = await new Response(plain).text();
  return text.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)));
}

export interface BucketCalls {
  readonly calls: string[];
  readonly bucket: R2Bucket;
}

/** The real bucket, with its calls counted and some of them replaced. */
export function watchedBucket(own: Partial<R2Bucket> = {}): BucketCalls {
  const calls: string[] = [];
  const watched = new Proxy(bucket, {
    get: (target, name) => {
      const method: unknown = Reflect.get(own, name) ?? Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...input: unknown[]) => {
        calls.push(String(name));
        return method.apply(target, input);
      };
    },
  });
  return { calls, bucket: watched };
}
