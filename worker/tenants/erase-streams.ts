/**
 * Erases the objects of a tenant's streams, those of its subjects first: with them their keys are destroyed. An object is
 * erased before its checkpoint is deleted, by which it is found.
 */
import { isOfAggregateSql, parseStreamName } from '../../core/aggregate/stream.ts';
import { subject } from '../../core/personal/subject.ts';
import type { Projector } from '../projector/projector.ts';

/** Each costs a request to its object. */
const STREAMS_AT_ONCE = 50;

const IS_SUBJECT = isOfAggregateSql('stream', `'${subject.name}'`);

const nextStreams = (condition: string) => `
  SELECT DISTINCT stream FROM checkpoint WHERE tenant = ? AND ${condition} ORDER BY stream LIMIT ${STREAMS_AT_ONCE}`;

const DELETE_CHECKPOINTS = `
  DELETE FROM checkpoint WHERE tenant = ?1 AND stream IN (SELECT value FROM json_each(?2))`;

/** Before they are deleted: what another one has deleted is not counted again. */
const COUNT_STREAMS = `
  UPDATE erasure SET streams = erasure.streams + found.streams, subjects = erasure.subjects + found.subjects
  FROM (SELECT count(DISTINCT stream) AS streams, count(DISTINCT stream) FILTER (WHERE ${IS_SUBJECT}) AS subjects
    FROM checkpoint WHERE tenant = ?1 AND stream IN (SELECT value FROM json_each(?2))) AS found
  WHERE tenant = ?1`;

const DELETE_COPIES = `
  DELETE FROM subject_key WHERE tenant = ?1 AND subject IN (SELECT value FROM json_each(?2))`;

/** False where there is none left. */
export async function eraseSubjects(projector: Projector, tenant: string): Promise<boolean> {
  const { database } = projector;
  return eraseNext(projector, tenant, IS_SUBJECT, (streams) => {
    const subjects = streams.map((stream) => parseStreamName(stream)?.id);
    return [database.prepare(DELETE_COPIES).bind(tenant, JSON.stringify(subjects))];
  });
}

/** False where there is none left. */
export function eraseStreams(projector: Projector, tenant: string): Promise<boolean> {
  return eraseNext(projector, tenant, 'true', () => []);
}

async function eraseNext(
  { database, eraseStream }: Projector,
  tenant: string,
  condition: string,
  also: (streams: readonly string[]) => D1PreparedStatement[],
): Promise<boolean> {
  const next = database.prepare(nextStreams(condition)).bind(tenant);
  const { results } = await next.all<{ stream: string }>();
  if (results.length === 0) return false;
  const streams = results.map(({ stream }) => stream);
  await Promise.all(streams.map((stream) => eraseStream(tenant, stream)));
  const names = JSON.stringify(streams);
  await database.batch([
    database.prepare(COUNT_STREAMS).bind(tenant, names),
    ...also(streams),
    database.prepare(DELETE_CHECKPOINTS).bind(tenant, names),
  ]);
  return true;
}
