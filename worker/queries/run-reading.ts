/** Runs readings on D1, each within the bytes of a page. */

import { errorText } from '../../core/failures/error-text.ts';
import { isStatementFault } from '../../core/failures/platform-error.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import type { PreparedSelect } from './prepared-select.ts';
import { type Reading, type RowObject, statementsOf } from './reading.ts';

/** The minimum age of a session's first read: a bookmark, the primary's current state, or none. */
export type SessionStart = D1SessionBookmark | 'first-primary' | 'first-unconstrained';

export interface ReadAnswer<Answer> {
  readonly answer: Answer;
  /** A later read that begins with it sees no older data. */
  readonly bookmark: string | null;
  /** The time that its statements took D1. */
  readonly d1Ms: number;
}

/** A query that fails because of its own code or SQL, so that no retry helps. The message has the reason. */
export class QueryFault extends Error {
  constructor(cause: unknown) {
    super(errorText(cause), { cause });
  }
}

/**
 * All selects are one batch and see the same state. If rows exceed a page, a second batch cuts them.
 *
 * @throws QueryFault for errors of the query's code, and D1's errors
 */
export async function read<Answer>(
  database: D1Database,
  start: SessionStart,
  reading: Reading<Answer>,
): Promise<ReadAnswer<Answer>> {
  const session = database.withSession(start);
  const selects = ofQuery(() => statementsOf(reading));
  const whole = await ask(session, selects, allOrNothing);
  const cut = whole.some(isTooLarge) ? await ask(session, selects, firstRows) : undefined;
  const answer = answerFrom(reading, selects, cut ?? whole);
  return { answer, bookmark: session.getBookmark(), d1Ms: timeOf(whole) + timeOf(cut ?? []) };
}

export interface TogetherAnswers<Answer> {
  /** In the order of the readings; undefined where rows exceed a page, which `read` cuts. */
  readonly answers: readonly (Pick<ReadAnswer<Answer>, 'answer' | 'd1Ms'> | undefined)[];
  readonly bookmark: string | null;
}

/**
 * All selects of all readings are one batch, in which equal ones are one statement. One that fails fails all.
 *
 * @throws as `read`
 */
export async function readTogether<Answer>(
  database: D1Database,
  start: SessionStart,
  readings: readonly Reading<Answer>[],
): Promise<TogetherAnswers<Answer>> {
  const session = database.withSession(start);
  const own = readings.map((reading) => ofQuery(() => statementsOf(reading)));
  const selects = new Map(own.flat().map((select) => [textOf(select), select]));
  const results = await ask(session, [...selects.values()], allOrNothing);
  const resultOf = new Map([...selects.keys()].map((text, index) => [text, results[index]]));
  const answers = readings.map((reading, index) => {
    const of = own[index] ?? [];
    const found = of.flatMap((select) => resultOf.get(textOf(select)) ?? []);
    if (found.some(isTooLarge)) return undefined;
    return { answer: answerFrom(reading, of, found), d1Ms: timeOf(found) };
  });
  return { answers, bookmark: session.getBookmark() };
}

function textOf({ sql, params }: PreparedSelect): string {
  return JSON.stringify([sql, params]);
}

function ask(
  session: D1DatabaseSession,
  selects: readonly PreparedSelect[],
  sqlOf: (select: PreparedSelect) => string,
): Promise<D1Result<RowObject>[]> {
  const statements = ofQuery(() =>
    selects.map((one) => session.prepare(sqlOf(one)).bind(...one.params)),
  );
  return session.batch<RowObject>(statements).catch(rethrow);
}

function answerFrom<Answer>(
  reading: Reading<Answer>,
  selects: readonly PreparedSelect[],
  results: readonly D1Result<RowObject>[],
): Answer {
  return ofQuery(() =>
    reading.answer(
      results.map((result, index) => rowsOf(result, selects[index])),
      results.map(isTooLarge),
    ),
  );
}

function timeOf(results: readonly D1Result[]): number {
  // The platform's type has it always; a failed statement or another implementation may not.
  return results.reduce((ms, { meta }) => ms + (meta?.duration ?? 0), 0);
}

/** Runs code of the query. */
function ofQuery<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw new QueryFault(error);
  }
}

/** A statement that SQLite refuses is the query's fault; an outage of D1 is not. */
function rethrow(error: unknown): never {
  throw isStatementFault(error) ? new QueryFault(error) : error;
}

/** The approximate size of a column's name and punctuation in JSON. */
const CELL_BYTES = 20;

/** D1 limits expressions to 100 levels, and a sum has one per term. */
const TERMS_MAX = 10;

/**
 * The rows of a select if they fit into a page together, else one empty row: a thousand rows of 2 MB do not fit into
 * the Worker, so D1 has to check. Every row has the bytes of all as `total`, 0 without rows.
 */
function allOrNothing({ sql, names }: PreparedSelect): string {
  return `
    WITH answer(${names}) AS MATERIALIZED (${sql})
    SELECT ${names}, total FROM (SELECT coalesce(sum(${bytesOf(names)}), 0) AS total FROM answer)
    LEFT JOIN answer ON total <= ${PAGE_BYTES_MAX}`;
}

/** The rows before the first that does not fit; `total` is the sum so far. Takes three times as long. */
function firstRows({ sql, names }: PreparedSelect): string {
  return `
    WITH answer(${names}) AS (${sql}),
    sized AS (SELECT ${names}, ${bytesOf(names)} AS bytes FROM answer),
    measured AS (SELECT ${names}, bytes, sum(bytes) OVER (ROWS UNBOUNDED PRECEDING) AS total FROM sized)
    SELECT ${names}, total FROM measured WHERE total - bytes < ${PAGE_BYTES_MAX}`;
}

function bytesOf(names: readonly string[]): string {
  const cells = names.map((name) => `coalesce(octet_length(${name}), 0) + ${CELL_BYTES}`);
  return sumOf(cells);
}

function sumOf(terms: readonly string[]): string {
  if (terms.length <= TERMS_MAX) return `(${terms.join(' + ')})`;
  const middle = Math.ceil(terms.length / 2);
  return `(${sumOf(terms.slice(0, middle))} + ${sumOf(terms.slice(middle))})`;
}

function isTooLarge({ results }: D1Result): boolean {
  return totalOf(results.at(-1)) > PAGE_BYTES_MAX;
}

function rowsOf(result: D1Result<RowObject>, select: PreparedSelect | undefined): RowObject[] {
  return select ? withinPage(result).map(select.rowOf) : [];
}

/** At least one row, so that a page always advances. */
function withinPage({ results }: D1Result<RowObject>): RowObject[] {
  if (totalOf(results.at(-1)) === 0) return [];
  return results.filter((row, index) => index === 0 || totalOf(row) <= PAGE_BYTES_MAX);
}

function totalOf(row: unknown): number {
  const { total = 0 }: { total?: number } = Object(row);
  return total;
}
