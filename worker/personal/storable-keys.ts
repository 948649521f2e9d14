/**
 * Keys of subjects for rows that are stored plain, as the database has them at this moment: never those that an isolate
 * has kept. The batch that writes the rows asserts that the database has nothing newer of their subjects.
 */
import { subject } from '../../core/personal/subject.ts';
import { jsonArrays } from '../../core/values/json-arrays.ts';
import type { KeyCopy } from './key-copies.ts';
import type { SubjectKey, SubjectKeyName } from './wrapped-key.ts';

export interface TenantKeyName extends SubjectKeyName {
  readonly tenant: string;
}

/** A subject with the version of its stream that the database had when its key was read. */
export interface ReadSubject {
  readonly tenant: string;
  readonly subject: string;
  readonly version: number;
}

export interface StorableKeys {
  /** By tenant and `subjectKeyName`; a name that is missing is forgotten. */
  readonly keys: ReadonlyMap<string, SubjectKey>;
  readonly subjects: readonly ReadSubject[];
}

export interface ReadCopy extends ReadSubject {
  readonly copy: KeyCopy | undefined;
}

const STREAM = (name: string) => `'${subject.name}/' || ${name}`;

const VERSION = (tenant: string, name: string) => `
  coalesce((SELECT checkpoint.version FROM checkpoint WHERE checkpoint.tenant = ${tenant}
    AND stream = ${STREAM(name)} AND projection = ''), 0)`;

const READ = `
  SELECT wanted.value ->> 0 AS tenant, wanted.value ->> 1 AS subject, incarnation, wrapped,
    ${VERSION('wanted.value ->> 0', '(wanted.value ->> 1)')} AS version
  FROM json_each(?) AS wanted
  LEFT JOIN subject_key ON subject_key.tenant = wanted.value ->> 0 AND subject_key.subject = wanted.value ->> 1`;

type Row = ReadSubject & { readonly incarnation: number | null; readonly wrapped: string | null };

/** One statement, as long as the names fit into one bound value. */
export async function readSubjects(
  database: D1Database,
  wanted: readonly Pick<TenantKeyName, 'tenant' | 'subject'>[],
): Promise<ReadCopy[]> {
  const names = new Map(
    wanted.map(({ tenant, subject: id }) => [`${tenant}/${id}`, [tenant, id]] as const),
  );
  const read = database.prepare(READ);
  const found = jsonArrays([...names.values()]).map((value) => read.bind(value).all<Row>());
  return (await Promise.all(found)).flatMap(({ results }) => results.map(readCopy));
}

function readCopy({ tenant, subject: id, version, incarnation, wrapped }: Row): ReadCopy {
  const copy = incarnation === null ? undefined : { subject: id, incarnation, wrapped };
  return { tenant, subject: id, version, copy };
}

/** A lost race where one of them has changed: NULL, which the column refuses. */
const ASSERT = `
  INSERT INTO checkpoint (tenant, stream, projection, version)
  SELECT value ->> 0, ${STREAM('(value ->> 1)')}, '', NULL FROM json_each(?)
  WHERE ${VERSION('value ->> 0', '(value ->> 1)')} <> value ->> 2`;

export function assertSubjects(
  database: D1Database,
  subjects: readonly ReadSubject[],
): D1PreparedStatement[] {
  const rows = subjects.map(({ tenant, subject: id, version }) => [tenant, id, version]);
  return jsonArrays(rows).map((value) => database.prepare(ASSERT).bind(value));
}
