/**
 * Reads several queries from their serving generations in one D1 batch. A query whose version serves no longer, or
 * whose rows exceed a page, is read alone afterwards; a batch that D1 refuses is halved, until the query is found that
 * it refuses.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { Projection } from '../../core/projection/projection.ts';
import type { Projector } from '../projector/projector.ts';
import type { Reading } from './reading.ts';
import { QueryFault, type ReadAnswer, readTogether, type SessionStart } from './run-reading.ts';
import { definitionAt, type LastServed, readServing, withPointer } from './serving-version.ts';

export interface ServedQuery<Answer> {
  readonly projection: Projection;
  /** Makes the reading for the definition of the serving version. */
  readonly readingOf: (served: Projection) => Reading<Answer> | Failure;
}

export interface TogetherContext {
  readonly projector: Projector;
  readonly lastServed: LastServed;
  readonly start: SessionStart;
}

/** `error`: a QueryFault, or D1's error for this query alone. */
export type ServedAnswer<Answer> = ReadAnswer<Answer> | Failure | { readonly error: unknown };

/** @throws D1's errors for all of them */
export async function readServedTogether<Answer>(
  context: TogetherContext,
  queries: readonly ServedQuery<Answer>[],
): Promise<ServedAnswer<Answer>[]> {
  const [only, ...others] = queries;
  if (!only) return [];
  if (others.length === 0) return [await alone(context, only)];
  const read = await oneBatch(context, queries).catch(refused);
  if (read) return await inOrder(queries, (query, index) => read[index] ?? alone(context, query));
  const middle = Math.ceil(queries.length / 2);
  return [
    ...(await readServedTogether(context, queries.slice(0, middle))),
    ...(await readServedTogether(context, queries.slice(middle))),
  ];
}

/** Undefined for a query that is to be read alone. */
async function oneBatch<Answer>(
  { projector, lastServed, start }: TogetherContext,
  queries: readonly ServedQuery<Answer>[],
): Promise<(ServedAnswer<Answer> | undefined)[]> {
  const tried = queries.map(({ projection, readingOf }) => {
    const version = lastServed.get(projector, projection);
    return { version, projection, reading: readingOf(definitionAt(projection, version)) };
  });
  const readings = tried.flatMap(({ projection, reading }) =>
    'outcome' in reading ? [] : [withPointer(reading, projection.name)],
  );
  const { answers, bookmark } = await readTogether(projector.database, start, readings);
  const left = [...answers];
  return tried.map(({ version, reading }) => {
    if ('outcome' in reading) return reading;
    const read = left.shift();
    const isServing = read?.answer.serving === version;
    return isServing ? { answer: read.answer.answer, d1Ms: read.d1Ms, bookmark } : undefined;
  });
}

function refused(error: unknown): undefined {
  if (!(error instanceof QueryFault)) throw error;
}

async function alone<Answer>(
  { projector, lastServed, start }: TogetherContext,
  { projection, readingOf }: ServedQuery<Answer>,
): Promise<ServedAnswer<Answer>> {
  try {
    return await readServing(projector, lastServed, start, projection, readingOf);
  } catch (error) {
    return { error };
  }
}

/** One after the other, because the platform opens six connections at once for the whole object. */
async function inOrder<Query, Answer>(
  queries: readonly Query[],
  read: (query: Query, index: number) => Answer | Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const [index, query] of queries.entries()) answers.push(await read(query, index));
  return answers;
}
