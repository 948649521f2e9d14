/**
 * Copies of the keys of subjects in D1, `subject_key`, so that the fields of a list are opened with one statement and not
 * with a request to each subject's object. A cache that can be emptied at any time: the objects have the truth. A row
 * without a key says that its subject is forgotten.
 */
import { subject } from '../../core/personal/subject.ts';
import { jsonArrays } from '../../core/values/json-arrays.ts';
import { isResidentSql } from '../d1/resident-sql.ts';

/** What D1 has of a subject's key. Null: forgotten. */
export interface KeyCopy {
  readonly subject: string;
  readonly incarnation: number;
  readonly wrapped: string | null;
}

/** With the version of the subject's stream, when its object answered the key. */
export interface WrittenCopy extends KeyCopy {
  readonly version: number;
}

const READ = `
  SELECT subject, incarnation, wrapped FROM json_each(?2) AS wanted
  CROSS JOIN subject_key ON tenant = ?1 AND subject = wanted.value`;

/** In one statement, as long as their names fit into one bound value. */
export async function readCopies(
  database: D1Database,
  tenant: string,
  subjects: readonly string[],
): Promise<readonly KeyCopy[]> {
  const read = database.prepare(READ);
  const found = jsonArrays(subjects).map((names) => read.bind(tenant, names).all<KeyCopy>());
  return (await Promise.all(found)).flatMap(({ results }) => results);
}

/**
 * Only where the database has nothing newer of the subject's stream than the object had, and the tenant has its data
 * here: a copy that comes late must bring back neither a key that was forgotten meanwhile nor one of an erased tenant.
 * Nor does a copy of a second key come before the forgetting of the first, which makes open columns null: only where the
 * database has nothing older, either.
 */
const WRITE = `
  INSERT INTO subject_key (tenant, subject, incarnation, wrapped)
  SELECT ?1, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2)
  WHERE ${isResidentSql('?1')} AND NOT EXISTS (
    SELECT 1 FROM checkpoint WHERE checkpoint.tenant = ?1 AND stream = '${subject.name}/' || (value ->> 0)
      AND projection = '' AND version > value ->> 3)
    AND (value ->> 1 = 1 OR EXISTS (
      SELECT 1 FROM checkpoint WHERE checkpoint.tenant = ?1 AND stream = '${subject.name}/' || (value ->> 0)
        AND projection = '' AND version = value ->> 3))
  ON CONFLICT (tenant, subject) DO UPDATE SET incarnation = excluded.incarnation, wrapped = excluded.wrapped
  WHERE excluded.incarnation > subject_key.incarnation
    OR (excluded.incarnation = subject_key.incarnation AND subject_key.wrapped IS NOT NULL)`;

/** Of these the database has newer events than their objects: they were changed meanwhile, or the object was restored. */
const AHEAD = `
  SELECT wanted.value ->> 0 AS subject, version FROM json_each(?2) AS wanted
  CROSS JOIN checkpoint ON checkpoint.tenant = ?1 AND stream = '${subject.name}/' || (wanted.value ->> 0)
    AND projection = ''
  WHERE version > wanted.value ->> 3`;

/** Returns the versions of the subjects whose objects answered less than the database has; no copy of them is written. */
export async function writeCopies(
  database: D1Database,
  tenant: string,
  copies: readonly WrittenCopy[],
): Promise<ReadonlyMap<string, number>> {
  const rows = copies.map(({ subject: id, incarnation, wrapped, version }) => [
    ...[id, incarnation, wrapped, version],
  ]);
  const [write, ahead] = [database.prepare(WRITE), database.prepare(AHEAD)];
  const found = new Map<string, number>();
  for (const value of jsonArrays(rows)) {
    const statements = [write.bind(tenant, value), ahead.bind(tenant, value)];
    const [, newer] = await database.batch<{ subject: string; version: number }>(statements);
    for (const { subject: id, version } of newer?.results ?? []) found.set(id, version);
  }
  return found;
}

/** Whenever they may be wrong: readers write them again. */
export const EMPTY_COPIES = 'DELETE FROM subject_key';

const COUNT = `
  SELECT (SELECT count(*) FROM subject_key WHERE tenant = ?1 AND subject = ?2 AND wrapped IS NOT NULL) AS copies,
    coalesce((SELECT version FROM checkpoint WHERE tenant = ?1 AND stream = ?3 AND projection = ''), 0) AS version`;

export interface CountedCopies {
  readonly copies: number;
  /** Of the subject's stream in the journal. */
  readonly version: number;
}

/** Of the primary. */
export async function countCopies(
  database: D1Database,
  tenant: string,
  { subject: id, stream }: { readonly subject: string; readonly stream: string },
): Promise<CountedCopies> {
  const counted = await database
    .withSession('first-primary')
    .prepare(COUNT)
    .bind(tenant, id, stream)
    .first<CountedCopies>();
  return counted ?? { copies: 0, version: 0 };
}
