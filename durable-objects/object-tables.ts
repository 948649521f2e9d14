/**
 * The tables of one object. The first write creates them, with the row that holds the object's name and its storage
 * format; a write to an object of an older format migrates it first. Reads never write. An object of an unknown format
 * is neither read nor written.
 */
import { ErasedStream } from '../core/failures/erased-stream.ts';
import { UnknownFormat } from '../core/failures/unknown-format.ts';

/** Skipped if the object does not have the table, which is then created in its newest form. */
export interface TableChange {
  readonly table: string;
  readonly sql: string;
}

export interface ObjectSchema<OnDemand extends string = never> {
  /** The tables of the first write. Every format has `object`, one row, with its columns `id`, `name` and `format`. */
  readonly base: string;
  /** Tables that are created by the first write to each of them. */
  readonly onDemand: Readonly<Record<OnDemand, string>>;
  /**
   * The changes from each format to the next, oldest first. An object keeps its format until its next write, so that
   * queries have to work on the older format too.
   */
  readonly migrations: readonly (readonly TableChange[])[];
}

/** The format of an object without its row, which no code has written. */
const NO_FORMAT = 0;

/** The only table of an object that was erased. */
const TOMBSTONE = 'tombstone';

type SqlRow = Record<string, SqlStorageValue>;

interface ObjectRow extends SqlRow {
  name: string;
  format: number;
}

export class ObjectTables<OnDemand extends string = never> {
  readonly sql: SqlStorage;
  readonly #storage: Pick<DurableObjectStorage, 'sql' | 'transactionSync'>;
  readonly #schema: ObjectSchema<OnDemand>;
  readonly #name: string | undefined;
  #made: ReadonlySet<string> = new Set();
  /** Undefined: nothing is stored. */
  #row: ObjectRow | undefined;

  /** `name` is left out if the object was addressed by its id alone: then the stored name applies. */
  constructor(
    storage: Pick<DurableObjectStorage, 'sql' | 'transactionSync'>,
    schema: ObjectSchema<OnDemand>,
    name: string | undefined,
  ) {
    this.sql = storage.sql;
    this.#storage = storage;
    this.#schema = schema;
    this.#name = name;
    this.refresh();
  }

  /** Empty if neither the address nor the storage has one. */
  get name(): string {
    return this.#name ?? this.#row?.name ?? '';
  }

  get isStored(): boolean {
    return this.#row !== undefined;
  }

  get isErased(): boolean {
    return this.#made.has(TOMBSTONE);
  }

  get hasKnownFormat(): boolean {
    return !this.#row || (this.#row.format > NO_FORMAT && this.#row.format <= this.#newest);
  }

  /** @throws UnknownFormat, ErasedStream */
  requireKnownFormat(): void {
    if (this.isErased) throw new ErasedStream();
    if (this.#row && !this.hasKnownFormat) {
      throw new UnknownFormat('the object', this.#row.format, this.#newest);
    }
  }

  has(table: OnDemand): boolean {
    return this.#made.has(table);
  }

  /** Executes a statement that writes to a table of the first write. */
  write(sql: string, ...values: readonly SqlStorageValue[]): SqlStorageCursor<SqlRow> {
    this.#prepare();
    return this.sql.exec(sql, ...values);
  }

  /** Executes a statement that writes to a table which is made on demand. */
  writeTo(
    table: OnDemand,
    sql: string,
    ...values: readonly SqlStorageValue[]
  ): SqlStorageCursor<SqlRow> {
    this.#prepare();
    if (!this.has(table)) {
      this.sql.exec(this.#schema.onDemand[table]);
      this.#made = new Set([...this.#made, table]);
    }
    return this.sql.exec(sql, ...values);
  }

  /** `forget` is called after a failure, and discards what is in memory: a rollback takes back rows and tables. */
  transaction<Result>(change: () => Result, forget: () => void): Result {
    try {
      return this.#storage.transactionSync(change);
    } catch (error) {
      this.refresh();
      forget();
      throw error;
    }
  }

  /**
   * Reads the stored tables again, because a rollback or a deletion removes tables. Names with a leading underscore are
   * the platform's: workerd has `_cf_…`, and miniflare stores the object's name in `__miniflare_do_name`.
   */
  refresh(): void {
    const found = this.sql.exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_*'",
    );
    this.#made = new Set(found.toArray().map(({ name }) => name));
    this.#row = this.#made.size === 0 ? undefined : this.#storedRow();
  }

  /**
   * Deletes what is stored and leaves a tombstone, so that nothing is ever stored here again. In one transaction: the
   * platform's own deletion of everything would leave a moment without either.
   */
  erase(version: number): void {
    this.#storage.transactionSync(() => {
      for (const table of this.#made) this.sql.exec(`DROP TABLE "${table}"`);
      this.sql.exec(
        `CREATE TABLE ${TOMBSTONE} (name TEXT NOT NULL, version INTEGER NOT NULL) STRICT`,
      );
      this.sql.exec(`INSERT INTO ${TOMBSTONE} (name, version) VALUES (?, ?)`, this.name, version);
    });
    this.refresh();
  }

  get #newest(): number {
    return this.#schema.migrations.length + 1;
  }

  #storedRow(): ObjectRow {
    const none = { name: this.#name ?? '', format: NO_FORMAT };
    if (!this.#made.has('object')) return none;
    return this.sql.exec<ObjectRow>('SELECT name, format FROM object').toArray()[0] ?? none;
  }

  /** In a transaction of its own within the open one, so that it is never stored in part. */
  #prepare(): void {
    if (this.#row?.format === this.#newest) return;
    this.requireKnownFormat();
    this.#storage.transactionSync(() => (this.#row ? this.#migrate(this.#row) : this.#create()));
    this.refresh();
  }

  #create(): void {
    this.sql.exec(this.#schema.base);
    this.sql.exec(
      'INSERT INTO object (id, name, format) VALUES (1, ?, ?)',
      ...[this.name, this.#newest],
    );
  }

  #migrate({ format }: ObjectRow): void {
    const changes = this.#schema.migrations.slice(format - 1).flat();
    for (const { table, sql } of changes) if (this.#made.has(table)) this.sql.exec(sql);
    this.sql.exec('UPDATE object SET format = ?', this.#newest);
  }
}
