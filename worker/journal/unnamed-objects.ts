/**
 * Objects of R2 that no segment names: one is registered before it is put, so that a crash leaves none that is unknown, and
 * again when another replaces it. They are deleted when no restore of D1 can name them any more.
 */
import type { JournalStore } from './journal-store.ts';
import { type SegmentObject, UnreachableBucket } from './segment-object.ts';

/** Time Travel of D1 goes back 30 days (developers.cloudflare.com/d1/reference/time-travel). */
const KEPT_MS = 31 * 86_400_000;

/** Ours, of one call. R2 takes 1,000. */
const DELETED_MAX = 500;

/** One that is being deleted stays so, and its sealing fails. */
const REGISTER = `
  INSERT INTO unnamed_object (object, since) VALUES (?1, ?2)
  ON CONFLICT (object) DO UPDATE SET since = excluded.since`;

export async function registerObject(
  database: D1Database,
  { name }: SegmentObject,
  nowMs: number,
): Promise<void> {
  await database.prepare(REGISTER).bind(name, nowMs).run();
}

/** For the guard of a batch that names it: whether it is registered, so that nothing deletes it meanwhile. */
export function isRegistered(object: string): string {
  return `EXISTS (SELECT 1 FROM unnamed_object WHERE object = ${object} AND deleting = 0)`;
}

const NAMED = 'DELETE FROM unnamed_object WHERE object = ?';

/** For the batch that names the one, in the place of the other. */
export function nameObject(
  database: D1Database,
  named: string,
  replaced?: { readonly object: string; readonly nowMs: number },
): D1PreparedStatement[] {
  return [
    database.prepare(NAMED).bind(named),
    ...(replaced ? [database.prepare(REGISTER).bind(replaced.object, replaced.nowMs)] : []),
  ];
}

/** A restore, or another sealing, has named it again. */
const FORGET_NAMED = `
  DELETE FROM unnamed_object WHERE since <= ?1 AND object IN (SELECT object FROM journal_segment)`;

const CLAIM = `
  UPDATE unnamed_object SET deleting = 1 WHERE object IN (
    SELECT object FROM unnamed_object WHERE since <= ?1 LIMIT ${DELETED_MAX})
  RETURNING object`;

const FORGET = 'DELETE FROM unnamed_object WHERE object IN (SELECT value FROM json_each(?))';

/** Deletes those that have been unnamed for 31 days. Returns their number. @throws UnreachableBucket: to be repeated */
export async function deleteUnnamed(
  { database, bucket }: JournalStore,
  nowMs: number,
): Promise<number> {
  if (!bucket) return 0;
  const untilMs = nowMs - KEPT_MS;
  const [, claimed] = await database.batch([
    database.prepare(FORGET_NAMED).bind(untilMs),
    database.prepare(CLAIM).bind(untilMs),
  ]);
  // The statement determines the type of the rows.
  const objects = ((claimed?.results ?? []) as { object: string }[]).map(({ object }) => object);
  if (objects.length === 0) return 0;
  try {
    await bucket.delete(objects);
  } catch {
    throw new UnreachableBucket(`R2 did not delete ${objects.length} objects.`);
  }
  await database.prepare(FORGET).bind(JSON.stringify(objects)).run();
  return objects.length;
}
