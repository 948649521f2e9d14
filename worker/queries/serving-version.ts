/**
 * Reads from the serving generation. The pointer to it is read in the batch that reads the rows, so that these are the
 * old rows or the new ones, also during a switch.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { platformErrorKind } from '../../core/failures/platform-error.ts';
import { generationKey } from '../../core/plan/keys.ts';
import {
  type Generation,
  type ServingSet,
  servingGeneration,
} from '../../core/plan/projection-version.ts';
import type { Projection } from '../../core/projection/projection.ts';
import { nameIn } from '../../core/protocol/deployment-names.ts';
import { withJitter } from '../http/unavailable.ts';
import { HEAD } from '../journal/page-sql.ts';
import { fitToCode } from '../projections/fit-to-code.ts';
import { physicalTables } from '../projections/row-statements.ts';
import { currentServingSet } from '../projections/serving-set.ts';
import type { Projector } from '../projector/projector.ts';
import type { PreparedSelect } from './prepared-select.ts';
import type { Reading } from './reading.ts';
import { QueryFault, type ReadAnswer, read, type SessionStart } from './run-reading.ts';

/** The last known serving versions, by database and projection, which the next query tries first. */
export class LastServed {
  readonly #versions = new Map<string, number>();

  get({ name: database }: Projector, { name, version }: Projection): number {
    return this.#versions.get(nameIn(database, name)) ?? version;
  }

  put({ name: database }: Projector, { name }: Projection, version: number): void {
    this.#versions.set(nameIn(database, name), version);
  }
}

const ATTEMPTS_MAX = 4;

/** `readingOf` makes the reading for the definition of the serving version. */
export async function readServing<Answer>(
  projector: Projector,
  lastServed: LastServed,
  start: SessionStart,
  projection: Projection,
  readingOf: (served: Projection) => Reading<Answer> | Failure,
): Promise<ReadAnswer<Answer> | Failure> {
  const { name } = projection;
  let version = lastServed.get(projector, projection);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const reading = readingOf(definitionAt(projection, version));
    if ('outcome' in reading) return reading;
    const found = await readOrMiss(projector, start, withPointer(reading, name));
    const read = 'missing' in found ? undefined : found;
    const serving = read?.answer.serving ?? (await pointerOf(projector, name));
    if (serving === undefined) break;
    if (read?.answer.serving === version) return { ...read, answer: read.answer.answer };
    if ('missing' in found && serving === version) {
      if (isFaultOfQuery(found.missing, projection, version)) throw found.missing;
      break;
    }
    lastServed.put(projector, projection, serving);
    version = serving;
  }
  return notServing(projector.database, await currentServingSet(projector.database), projection);
}

/** The version's own definition, the previous one, or else the newest one on that version's tables. */
export function definitionAt(projection: Projection, version: number): Projection {
  return keptDefinition(projection, version) ?? projection.at(version);
}

function keptDefinition(projection: Projection, version: number): Projection | undefined {
  return [projection, projection.previous].find((one) => one?.version === version);
}

/**
 * Whether a query names columns that its own version lacks, which no retry helps. A missing table of the version is a
 * migration that was not applied; columns that an older version lacks come with the newer one.
 */
function isFaultOfQuery(missing: QueryFault, projection: Projection, version: number): boolean {
  const definition = keptDefinition(projection, version);
  if (!definition) return false;
  const [, table] = /no such table: (\w+)/.exec(missing.message) ?? [];
  return table === undefined || !physicalTables(definition).includes(table);
}

const POINTER: Omit<PreparedSelect, 'params'> = {
  sql: 'SELECT version FROM generation WHERE projection = ? AND serving = 1',
  names: ['version'],
  rowOf: (cells) => cells,
};

export interface PointedAnswer<Answer> {
  readonly serving: number | undefined;
  readonly answer: Answer;
}

/** The reading with the pointer to the serving version. */
export function withPointer<Answer>(
  reading: Reading<Answer>,
  name: string,
): Reading<PointedAnswer<Answer>> {
  const pointer = { ...POINTER, params: [name] };
  return {
    ...reading,
    selects: (selecting) => [pointer, ...reading.selects(selecting)],
    answer: ([pointers = [], ...rows], [, ...cuts]) => ({
      serving: pointers[0] && Number(pointers[0].version),
      answer: reading.answer(rows, cuts),
    }),
  };
}

/** `missing` if the version's tables, or columns that this code selects, do not exist. */
async function readOrMiss<Answer>(
  { database }: Projector,
  start: SessionStart,
  reading: Reading<Answer>,
): Promise<ReadAnswer<Answer> | { readonly missing: QueryFault }> {
  try {
    return await read(database, start, reading);
  } catch (error) {
    if (error instanceof QueryFault && platformErrorKind(error) === 'schema') {
      return { missing: error };
    }
    throw error;
  }
}

/** Fits the serving set to a deployment that has not run yet. */
async function pointerOf(projector: Projector, name: string): Promise<number | undefined> {
  const set = await currentServingSet(projector.database);
  const changed = (await fitToCode(projector, set)) === 'changed';
  const current = changed ? await currentServingSet(projector.database) : set;
  return servingGeneration(current, name)?.version;
}

const READ_OBSTACLE = `
  SELECT ${HEAD} AS head,
    (SELECT reason FROM generation WHERE projection = ? AND version = ? AND purpose = 'primary') AS reason`;

interface Obstacle {
  readonly head: number;
  readonly reason: string | null;
}

/** The failure of a projection that is not up to date as a whole. */
export async function notServing(
  database: D1Database,
  { generations }: ServingSet,
  { name, version }: Projection,
): Promise<Failure> {
  const own = generations.filter(({ projection }) => projection === name);
  const concerned = own.find((one) => one.version === version && one.purpose === 'primary');
  const found = await database.prepare(READ_OBSTACLE).bind(name, version).first<Obstacle>();
  const obstacle = found ?? { head: 0, reason: null };
  return {
    outcome: 'unavailable',
    detail: concerned ? described(concerned, obstacle) : `${name} was not built yet.`,
    retryAfterSeconds: withJitter(1),
  };
}

function described(
  { projection, version, state, cursor }: Generation,
  { head, reason }: Obstacle,
): string {
  const key = generationKey({ name: projection, version });
  const progress = `${cursor} of ${head} events`;
  const why = reason === null ? '' : ` ${reason}`;
  return state === 'catching-up'
    ? `${key} is being built: ${progress}.${why}`
    : `${key} is ${state}, at ${progress}.${why}`;
}
