/** A D1 database that counts what it is asked, for work that has to stay within a number of queries and D1's time. */
import { only } from './only.ts';

export interface Usage {
  /** Statements, with the assertion of the storage format that each round trip begins with. */
  readonly queries: number;
  readonly trips: number;
  /** D1's own time in milliseconds: without the network, and without the wait for D1's one thread. */
  readonly databaseMs: number;
  /** The least that a round trip took beside D1's own time, in milliseconds. */
  readonly tripMs: number;
}

type Door = Pick<D1DatabaseSession, 'prepare' | 'batch'>;

export class MeteredDatabase {
  readonly database: D1Database;
  readonly #nowMs: () => number;
  /** The statements of the database behind this one. */
  readonly #bare = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  #usage: Usage = { queries: 0, trips: 0, databaseMs: 0, tripMs: Number.POSITIVE_INFINITY };

  constructor(database: D1Database, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.database = only<D1Database>(database, {
      ...this.#door(database),
      withSession: (start) => {
        const session = database.withSession(start);
        const getBookmark = () => session.getBookmark();
        return only<D1DatabaseSession>(session, { ...this.#door(session), getBookmark });
      },
    });
  }

  get usage(): Usage {
    return this.#usage;
  }

  #door(door: Door): Door {
    return {
      prepare: (sql) => this.#metered(door.prepare(sql)),
      batch: <Row>(statements: D1PreparedStatement[]) =>
        this.#measured(statements.length, () =>
          door.batch<Row>(statements.map((one) => this.#bare.get(one) ?? one)),
        ),
    };
  }

  #metered(statement: D1PreparedStatement): D1PreparedStatement {
    const ask = async <Row>() => {
      const [result] = await this.#measured(1, async () => [await statement.all<Row>()]);
      if (!result) throw new Error('D1 has not answered a statement.');
      return result;
    };
    const own = only<D1PreparedStatement>(statement, {
      bind: (...values: unknown[]) => this.#metered(statement.bind(...values)),
      all: ask,
      run: ask,
      first: async <Row>() => (await ask<Row>()).results[0] ?? null,
    });
    this.#bare.set(own, statement);
    return own;
  }

  async #measured<Row>(
    statements: number,
    ask: () => Promise<D1Result<Row>[]>,
  ): Promise<D1Result<Row>[]> {
    const startMs = this.#nowMs();
    const { queries, trips } = this.#usage;
    // A batch that fails is counted, too.
    this.#usage = { ...this.#usage, queries: queries + statements + 1, trips: trips + 1 };
    const results = await ask();
    const databaseMs = results.reduce((sum, { meta }) => sum + meta.duration, 0);
    const tripMs = Math.max(0, this.#nowMs() - startMs - databaseMs);
    this.#usage = {
      ...this.#usage,
      databaseMs: this.#usage.databaseMs + databaseMs,
      tripMs: Math.min(this.#usage.tripMs, tripMs),
    };
    return results;
  }
}
