/**
 * The D1 database as the whole Worker uses it: each round trip, read or write, is a batch that begins with the
 * assertion of the storage format. So no code, however long it has been running, works on a database that newer code
 * has changed.
 */
import { only } from './only.ts';
import type { RowsRead } from './rows-read.ts';
import { ASSERT_FORMAT } from './storage-format.ts';

type Door = Pick<D1DatabaseSession, 'prepare' | 'batch'>;

const doors = new WeakMap<D1Database, D1Database>();

/** Always the same wrapper for the same database and count, because databases are compared by identity. */
export function withKnownFormat(database: D1Database, rows?: RowsRead): D1Database {
  const known = rows?.doors ?? doors;
  const door = known.get(database) ?? doorOf(database, rows);
  known.set(database, door);
  return door;
}

function doorOf(database: D1Database, rows: RowsRead | undefined): D1Database {
  return only<D1Database>(database, {
    // Without a session a statement goes to the primary.
    prepare: (sql) =>
      asserting(database.prepare(sql), () => database.withSession('first-primary'), rows),
    batch: (statements) => assertedBatch(database, statements, rows),
    withSession: (start) => sessionOf(database.withSession(start), rows),
  });
}

function sessionOf(session: D1DatabaseSession, rows: RowsRead | undefined): D1DatabaseSession {
  return only<D1DatabaseSession>(session, {
    prepare: (sql) => asserting(session.prepare(sql), () => session, rows),
    batch: (statements) => assertedBatch(session, statements, rows),
    getBookmark: () => session.getBookmark(),
  });
}

/** The original statements of D1. */
const bare = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

function asserting(
  statement: D1PreparedStatement,
  doorFor: () => Door,
  rows: RowsRead | undefined,
): D1PreparedStatement {
  const ask = async <Row>(): Promise<D1Result<Row>> => {
    const [result] = await assertedBatch<Row>(doorFor(), [statement], rows);
    if (!result) throw new Error('D1 has not answered a statement of a batch.');
    return result;
  };
  const own = only<D1PreparedStatement>(statement, {
    bind: (...values: unknown[]) => asserting(statement.bind(...values), doorFor, rows),
    all: ask,
    run: ask,
    first: async <Row>() => (await ask<Row>()).results[0] ?? null,
  });
  bare.set(own, statement);
  return own;
}

async function assertedBatch<Row>(
  door: Door,
  statements: readonly D1PreparedStatement[],
  rows: RowsRead | undefined,
): Promise<D1Result<Row>[]> {
  const known = statements.map((statement) => bare.get(statement) ?? statement);
  const all = await door.batch<Row>([door.prepare(ASSERT_FORMAT), ...known]);
  rows?.count(all);
  return all.slice(1);
}
