/**
 * Reads from the generation that serves. The pointer that says which one is read in the batch that reads the rows, so
 * they are the old rows or the new ones, also while one takes over from the other. Called by the query route.
 */
import { and, eq } from 'drizzle-orm';
import {
  type Generation,
  generationKey,
  type ServingSet,
  servingGeneration,
} from '../../core/generation.ts';
import type { Failure } from '../../core/outcome.ts';
import type { Projection } from '../../core/projection.ts';
import { READ_HEAD } from '../projector/journal.ts';
import type { Projector } from '../projector/projector.ts';
import { generation } from '../projector/schema.ts';
import { currentServingSet, fitToCode } from '../projector/serving-set.ts';
import { type ReadAnswer, type Reading, read, type SessionStart } from './reading.ts';

/** The versions that served last, by projection: what the next query reads at first. */
export type LastServed = Map<string, number>;

const ATTEMPTS_MAX = 4;

/** `readingOf` makes the reading for the definition of the version that serves. */
export async function readServing<Answer>(
  projector: Projector,
  lastServed: LastServed,
  start: SessionStart,
  projection: Projection,
  readingOf: (served: Projection) => Reading<Answer> | Failure,
): Promise<ReadAnswer<Answer> | Failure> {
  const { name } = projection;
  let version = lastServed.get(name) ?? projection.version;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const reading = readingOf(definitionAt(projection, version));
    if ('outcome' in reading) return reading;
    const found = await readOrMiss(projector, start, withPointer(reading, name));
    const serving = found?.answer.serving ?? (await pointerOf(projector, name));
    if (serving === undefined) break;
    if (found?.answer.serving === version) return { ...found, answer: found.answer.answer };
    if (!found && serving === version) break;
    lastServed.set(name, serving);
    version = serving;
  }
  return notServing(projector.database, await currentServingSet(projector.database), projection);
}

/** Its own definition, the one kept as previous, or else the newest one on the tables of that version. */
function definitionAt(projection: Projection, version: number): Projection {
  const kept = [projection, projection.previous].find((one) => one?.version === version);
  return kept ?? projection.at(version);
}

interface Pointed<Answer> {
  readonly serving: number | undefined;
  readonly answer: Answer;
}

function withPointer<Answer>(reading: Reading<Answer>, name: string): Reading<Pointed<Answer>> {
  const serves = and(eq(generation.projection, name), eq(generation.serving, 1));
  return {
    selects: (selecting) => [
      selecting.select({ version: generation.version }).from(generation).where(serves),
      ...reading.selects(selecting),
    ],
    answer: ([pointers = [], ...rows], [, ...cuts]) => ({
      serving: pointers[0] && Number(pointers[0].version),
      answer: reading.answer(rows, cuts),
    }),
  };
}

/** Undefined where the tables of the version, or columns that this code asks of them, are not there. */
async function readOrMiss<Answer>(
  { database }: Projector,
  start: SessionStart,
  reading: Reading<Answer>,
): Promise<ReadAnswer<Answer> | undefined> {
  try {
    return await read(database, start, reading);
  } catch (error) {
    if (/no such (table|column)/.test(String(error))) return undefined;
    throw error;
  }
}

/** A deployment that nobody has used yet is made known first. */
async function pointerOf(projector: Projector, name: string): Promise<number | undefined> {
  const set = await currentServingSet(projector.database);
  const changed = (await fitToCode(projector, set)) === 'changed';
  const current = changed ? await currentServingSet(projector.database) : set;
  return servingGeneration(current, name)?.version;
}

/** Why a projection is not up to date, as a whole. */
export async function notServing(
  database: D1Database,
  { generations }: ServingSet,
  { name, version }: Projection,
): Promise<Failure> {
  const own = generations.filter(({ projection }) => projection === name);
  const concerned = own.find((one) => one.version === version && one.purpose === 'live');
  const newest = await database.prepare(READ_HEAD).first<{ head: number }>();
  return {
    outcome: 'unavailable',
    detail: concerned ? described(concerned, newest?.head ?? 0) : `${name} was not built yet.`,
    retryAfterSeconds: 1,
  };
}

function described({ projection, version, state, cursor }: Generation, head: number): string {
  const key = generationKey({ name: projection, version });
  const progress = `${cursor} of ${head} events`;
  return state === 'following'
    ? `${key} is being built: ${progress}.`
    : `${key} is ${state}, at ${progress}.`;
}
