/** Node's SQLite, in place of D1 and of the objects' storage. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

export interface Rows {
  readonly columns: readonly string[];
  /** Each row as the values of its columns. */
  readonly values: readonly (readonly unknown[])[];
}

const READING = /^\s*(SELECT|WITH|PRAGMA)\b/i;

/** A semicolon in one separates nothing. */
const TEXT = /'[^']*'/g;

/** They have no values. */
const SEVERAL = /;\s*\S/;

export function isReading(sql: string): boolean {
  return READING.test(sql);
}

export class SqlDatabase {
  readonly #database = new DatabaseSync(':memory:');
  readonly #statements = new Map<string, StatementSync>();
  /** The number of random blobs: a replay makes the same ones. */
  blobs = 0;
  /** The time of a replay; undefined: the present. */
  atMs: number | undefined;

  constructor() {
    // The only function of SQLite that is not deterministic.
    this.#database.function('randomblob', (bytes) => {
      const text = String(++this.blobs).padStart(Number(bytes), '0');
      return new TextEncoder().encode(text);
    });
    // And its clock, which is the simulation's.
    this.#database.function('unixepoch', (_modifier) => (this.atMs ?? Date.now()) / 1_000);
  }

  run(sql: string, values: readonly unknown[] = []): Rows {
    if (SEVERAL.test(sql.replaceAll(TEXT, ''))) {
      this.#database.exec(sql);
      return { columns: [], values: [] };
    }
    const statement = this.#prepared(sql);
    // The caller's types say that they are values of SQLite's.
    const rows = statement.all(...(values as SQLInputValue[])) as unknown as unknown[][];
    return { columns: statement.columns().map(({ name }) => name), values: rows };
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** By name: of two columns of one name the later one stays, as on D1. */
export function objectsOf({ columns, values }: Rows): Record<string, unknown>[] {
  return values.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])));
}
