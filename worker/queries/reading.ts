/**
 * A query as data: its selects, made before anything is read, and what becomes of their rows. The built-in list and
 * get and every named query are readings; `read` is the one way in which they reach D1.
 */
import { is } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { SQLiteSelectBase } from 'drizzle-orm/sqlite-core';
import type { Select, Selecting } from '../../core/projection.ts';
import { isPassing, platformErrorKind } from '../platform-errors.ts';

export type RowObject = Readonly<Record<string, unknown>>;

export interface Reading<Answer> {
  readonly selects: (selecting: Selecting) => readonly Select[];
  /** Gets the rows of each select, in the selects' order. */
  readonly answer: (results: readonly (readonly RowObject[])[]) => Answer;
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
    super(String(cause), { cause });
  }
}

/**
 * All selects see the same moment: they are one batch.
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
  const statements = ofQuery(() =>
    selects.map(({ sql, params }) => session.prepare(sql).bind(...params)),
  );
  const results = await session.batch(statements).catch(rethrow);
  const answer = ofQuery(() =>
    reading.answer(results.map((result, index) => selects[index]?.rowsOf(result) ?? [])),
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

/** What does not pass by itself is the query's own fault: a wrong column, a statement that SQLite cannot run. */
function rethrow(error: unknown): never {
  throw isPassing(platformErrorKind(error)) ? error : new QueryFault(error);
}

interface PreparedSelect {
  readonly sql: string;
  readonly params: readonly unknown[];
  readonly rowsOf: (result: D1Result) => RowObject[];
}

/**
 * drizzle maps a batch's rows by their place, but D1 answers them by name: two columns of one name, as every join of
 * two tables has, would be one. As the columns of a subquery they get names of their own.
 */
function prepare(select: Select): PreparedSelect {
  if (!is(select, SQLiteSelectBase)) throw new Error('A query is a drizzle select.');
  const prepared = select.prepare();
  const { sql, params } = prepared.getQuery();
  return {
    sql: `SELECT * FROM (${sql})`,
    params,
    rowsOf: (result) =>
      [prepared.mapResult(result, true)].flat().map((row) => ({ ...Object(row) })),
  };
}
