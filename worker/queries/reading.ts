/**
 * A query as data: its selects, made before anything is read, and what becomes of their rows. The built-in list and
 * get and every named query are readings; `read` is the one way in which they reach D1.
 */

import { is } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { SQLiteSelectBase } from 'drizzle-orm/sqlite-core';
import { errorText } from '../../core/failures/error-text.ts';
import { isStatementFault } from '../../core/failures/platform-error.ts';
import type { Select, SelectBuilder } from '../../core/projection/projection-query.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import { withinBoundValues } from './bound-values.ts';

export type RowObject = Readonly<Record<string, unknown>>;

export interface Reading<Answer> {
  readonly selects: (selecting: SelectBuilder) => readonly Select[];
  /** Gets the rows of each select, in the selects' order, and whether they were cut at the bytes of a page. */
  readonly answer: (results: readonly (readonly RowObject[])[], cuts: readonly boolean[]) => Answer;
}

/** What a session's first read must not be older than: a bookmark, what the primary has now, or nothing. */
export type SessionStart = D1SessionBookmark | 'first-primary' | 'first-unconstrained';

export interface ReadAnswer<Answer> {
  readonly answer: Answer;
  /** Reads that begin with it see no older data than this one. */
  readonly bookmark: string | null;
}

/** A query that its own code or SQL makes impossible: no retry mends it. The message says why. */
export class QueryFault extends Error {
  constructor(cause: unknown) {
    super(errorText(cause), { cause });
  }
}

/**
 * All selects see the same moment: they are one batch. Rows beyond a page are found by a first look, and cut by a
 * second.
 *
 * @throws QueryFault for what the query's code does, and what D1 says when it is in trouble
 */
export async function read<Answer>(
  database: D1Database,
  start: SessionStart,
  reading: Reading<Answer>,
): Promise<ReadAnswer<Answer>> {
  const session = database.withSession(start);
  const selects = ofQuery(() => reading.selects(drizzle(database)).map(prepare));
  const ask = (sqlOf: (select: PreparedSelect) => string) => {
    const statements = ofQuery(() =>
      selects.map((one) => session.prepare(sqlOf(one)).bind(...one.params)),
    );
    return session.batch(statements).catch(rethrow);
  };
  const whole = await ask(allOrNothing);
  const results = whole.some(isTooLarge) ? await ask(firstRows) : whole;
  const answer = ofQuery(() =>
    reading.answer(
      results.map((result, index) => selects[index]?.rowsOf(result) ?? []),
      results.map(isTooLarge),
    ),
  );
  return { answer, bookmark: session.getBookmark() };
}

/** Runs what the query's code has a part in. */
function ofQuery<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw new QueryFault(error);
  }
}

/** A statement that SQLite refuses is the query's own fault; D1 in trouble is not. */
function rethrow(error: unknown): never {
  throw isStatementFault(error) ? new QueryFault(error) : error;
}

interface PreparedSelect {
  readonly sql: string;
  /** What its columns are called, in their order. */
  readonly names: readonly string[];
  readonly params: readonly unknown[];
  readonly rowsOf: (result: D1Result) => RowObject[];
}

/**
 * drizzle maps a batch's rows by their place, but D1 answers them by name: two columns of one name, as every join of
 * two tables has, would be one. So they get names of their own.
 */
function prepare(select: Select): PreparedSelect {
  if (!is(select, SQLiteSelectBase)) throw new Error('A query is a drizzle select.');
  const prepared = select.prepare();
  const { sql, params } = withinBoundValues(prepared.getQuery());
  return {
    sql,
    names: Array.from({ length: columnsOf(prepared) }, (_, index) => `c${index}`),
    params,
    rowsOf: (result) =>
      [prepared.mapResult({ ...result, results: withinPage(result) }, true)]
        .flat()
        .map((row) => ({ ...Object(row) })),
  };
}

/** drizzle keeps a prepared select's columns in their order, those of joined tables too, but not in its types. */
function columnsOf(prepared: object): number {
  const fields: unknown = Reflect.get(prepared, 'fields');
  if (!Array.isArray(fields)) throw new Error('A prepared select has no fields.');
  return fields.length;
}

/** A column's name and its punctuation in JSON, about. */
const CELL_BYTES = 20;

/** D1 takes expressions of 100 levels, and a sum has one for each term. */
const TERMS_MAX = 10;

/**
 * The rows of a select where they fit into a page together, else one row of nothing: a thousand rows of 2 MB do not fit
 * into the Worker, so D1 has to look. Every row has the bytes of all as `total`, 0 where there is none.
 */
function allOrNothing({ sql, names }: PreparedSelect): string {
  return `
    WITH answer(${names}) AS MATERIALIZED (${sql})
    SELECT ${names}, total FROM (SELECT coalesce(sum(${bytesOf(names)}), 0) AS total FROM answer)
    LEFT JOIN answer ON total <= ${PAGE_BYTES_MAX}`;
}

/** The rows up to the first that does not fit; `total` is of the rows so far. Takes three times as long. */
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

/** At least one row: a page always moves on. */
function withinPage({ results }: D1Result): unknown[] {
  if (totalOf(results.at(-1)) === 0) return [];
  return results.filter((row, index) => index === 0 || totalOf(row) <= PAGE_BYTES_MAX);
}

function totalOf(row: unknown): number {
  const { total = 0 }: { total?: number } = Object(row);
  return total;
}
