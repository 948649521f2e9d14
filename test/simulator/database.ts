/**
 * D1: one database with one thread, some way off, and copies of it that are behind. A batch is answered, refused for
 * too much load or too little room, or broken, which says nothing about whether it was written.
 */
import { DatabaseLoad, type DatabaseTime } from './database-load.ts';
import { DATABASE_ERRORS, type Outage } from './outage.ts';
import { ask, type Process, type World } from './process.ts';
import { isReading, objectsOf, SqlDatabase } from './sql.ts';

interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

const COPIES = 2;

/** What SQLite calls its errors, as D1 appends it to their texts. */
const ERROR_NAMES: Readonly<Record<number, string>> = {
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
};

/** A batch, and what else its rows were made of. */
interface Written {
  readonly batch: readonly Statement[];
  readonly atMs: number;
  readonly blobs: number;
}

export class SimulatedDatabase {
  readonly #world: World;
  readonly #load: DatabaseTime;
  readonly #primary = new SqlDatabase();
  /** What happens while a page of a build is on its way to D1; it gets the JSON of its statements. */
  beforeBuildPage: ((page: string) => Promise<void>) | undefined;
  /** Every batch that has written, as the copies get it. */
  readonly #written: Written[] = [];
  readonly #copies = Array.from({ length: COPIES }, () => ({
    database: new SqlDatabase(),
    has: 0,
  }));

  /** `load`: left out, a seed draws it. */
  constructor(
    world: World,
    migrations: readonly string[],
    load: DatabaseTime = new DatabaseLoad(world),
  ) {
    this.#world = world;
    this.#load = load;
    for (const sql of migrations) this.#primary.run(sql);
    this.#wrote(
      migrations.map((sql) => ({ sql, values: [] })),
      0,
    );
  }

  set outage(outage: Outage['database'] | undefined) {
    this.#load.outage = outage;
  }

  /** As a process sees it. What Ledge uses of a D1 database, and no more. */
  seenBy(process: Process): D1Database {
    const seen = {
      prepare: (sql: string) => new PreparedStatement(this, process, { sql, values: [] }),
      batch: (statements: PreparedStatement[]) => this.#asked(process, statements, 'primary'),
      withSession: (start: string) => this.#session(process, start),
    };
    return seen as unknown as D1Database;
  }

  /** A copy may answer, if it has what the session has seen. */
  #session(process: Process, start: string) {
    let from = start === 'first-primary' ? ('primary' as const) : countOf(start);
    return {
      prepare: (sql: string) => new PreparedStatement(this, process, { sql, values: [] }),
      batch: async (statements: PreparedStatement[]) => {
        const answer = await this.#asked(process, statements, from);
        from = answer.seen;
        return answer;
      },
      getBookmark: () => (from === 'primary' ? null : bookmarkOf(from)),
    };
  }

  async #asked(
    process: Process,
    statements: readonly PreparedStatement[],
    from: 'primary' | number,
  ) {
    const batch = statements.map(({ statement }) => statement);
    const isRead = batch.every(({ sql }) => isReading(sql));
    const what = isRead ? 'a read of D1' : 'a batch of D1';
    return ask(this.#world, process, {
      what,
      lost: () => new Error(DATABASE_ERRORS.unreachable),
      serve: () =>
        this.#load.serve(
          { process, isRead, from: isRead && from !== 'primary' ? 'copy' : 'primary' },
          async () => {
            // A lone statement comes with the assertion of the storage format.
            const isPage = process.kind === 'rebuild' && !isRead && batch.length > 2;
            if (isPage) await this.beforeBuildPage?.(JSON.stringify(batch));
            return isRead && from !== 'primary' ? this.#readCopy(batch, from) : this.batch(batch);
          },
        ),
    });
  }

  /** For a statement of its own. */
  one(process: Process, statement: PreparedStatement) {
    return this.#asked(process, [statement], 'primary').then(([result]) => result);
  }

  /** All of it, or nothing. */
  batch(batch: readonly Statement[]) {
    const { fate } = this.#world;
    const { blobs } = this.#primary;
    this.#primary.run('BEGIN');
    try {
      const results = batch.map((one) => {
        if (!isReading(one.sql) && fate.strikes('a batch of D1 breaks off')) {
          throw new Error('Internal error.');
        }
        return resultOf(this.#primary, one);
      });
      this.#primary.run('COMMIT');
      if (!batch.every(({ sql }) => isReading(sql))) this.#wrote(batch, blobs);
      return Object.assign(results, { seen: this.#written.length });
    } catch (error) {
      this.#primary.run('ROLLBACK');
      throw asD1Says(error);
    }
  }

  #wrote(batch: readonly Statement[], blobs: number): void {
    this.#written.push({ batch, atMs: Date.now(), blobs });
  }

  /** A replica with a state between the required and the newest one, or the primary. */
  #readCopy(batch: readonly Statement[], atLeast: number) {
    const { fate } = this.#world;
    const copy = this.#copies[fate.random(COPIES + 1)];
    if (!copy) return this.batch(batch);
    const least = Math.max(atLeast, copy.has);
    const missing = this.#written.length - least;
    const isBehind = fate.strikes('a copy of D1 is behind');
    const to = least + (isBehind ? fate.random(missing + 1) : missing);
    for (const { batch, ...made } of this.#written.slice(copy.has, to)) {
      Object.assign(copy.database, made);
      for (const statement of batch) resultOf(copy.database, statement);
    }
    copy.database.atMs = undefined;
    copy.has = to;
    const results = batch.map((one) => resultOf(copy.database, one));
    return Object.assign(results, { seen: to });
  }
}

class PreparedStatement {
  readonly statement: Statement;
  readonly #database: SimulatedDatabase;
  readonly #process: Process;

  constructor(database: SimulatedDatabase, process: Process, statement: Statement) {
    this.#database = database;
    this.#process = process;
    this.statement = statement;
  }

  bind(...values: unknown[]): PreparedStatement {
    return new PreparedStatement(this.#database, this.#process, { ...this.statement, values });
  }

  all() {
    return this.#database.one(this.#process, this);
  }

  run() {
    return this.all();
  }

  async first(): Promise<unknown> {
    const result = await this.all();
    return result?.results[0] ?? null;
  }
}

function resultOf(database: SqlDatabase, { sql, values }: Statement) {
  return { success: true, results: objectsOf(database.run(sql, values)), meta: { duration: 0 } };
}

function asD1Says(error: unknown): Error {
  const { message, errcode } = Object(error);
  const name = ERROR_NAMES[Number(errcode) & 255] ?? 'SQLITE_ERROR';
  return new Error(`D1_ERROR: ${message}: ${name}`);
}

/** As many batches as it has seen, in the form of Cloudflare's. */
function bookmarkOf(count: number): string {
  return `${count.toString(16).padStart(8, '0')}-00000000-00000000-${'0'.repeat(32)}`;
}

function countOf(start: string): number {
  return start === 'first-unconstrained' ? 0 : Number.parseInt(start.slice(0, 8), 16);
}
