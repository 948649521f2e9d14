/**
 * The tables of one object. The first write makes them, together with the row that holds the object's name and its
 * storage format; a write to an object of an older format migrates it first. Reads never write. A format that the code
 * does not know is neither read nor written.
 */
import { UnknownFormat } from '../core/failures/unknown-format.ts';

/** Left out where the object does not have the table: tables are made in their newest form. */
export interface TableChange {
  readonly table: string;
  readonly sql: string;
}

export interface ObjectSchema<OnDemand extends string = never> {
  /** The tables of the first write. Every format has `object`, one row, with its columns `id`, `name` and `format`. */
  readonly base: string;
  /** Tables that the first write to each of them makes. */
  readonly onDemand: Readonly<Record<OnDemand, string>>;
  /**
   * For each format the changes that lead to the next one, oldest first. Until its next write an object keeps its
   * format, so queries have to work on the older format too.
   */
  readonly migrations: readonly (readonly TableChange[])[];
}

/** Of an object without its row: no code has written such a one. */
const NO_FORMAT = 0;

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

  /** `name` is left out where the object was addressed by its id alone: then the stored name counts. */
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

  /** Empty where neither the address nor the storage has one. */
  get name(): string {
    return this.#name ?? this.#row?.name ?? '';
  }

  get isStored(): boolean {
    return this.#row !== undefined;
  }

  get hasKnownFormat(): boolean {
    return !this.#row || (this.#row.format > NO_FORMAT && this.#row.format <= this.#newest);
  }

  /** @throws UnknownFormat */
  requireKnownFormat(): void {
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

  /**
   * Reads again what is stored: a rollback or a deletion takes tables with it. Names with an underscore in front are the
   * platform's: workerd has `_cf_…`, and miniflare keeps the object's name in `__miniflare_do_name`.
   */
  refresh(): void {
    const found = this.sql.exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_*'",
    );
    this.#made = new Set(found.toArray().map(({ name }) => name));
    this.#row = this.#made.size === 0 ? undefined : this.#storedRow();
  }

  get #newest(): number {
    return this.#schema.migrations.length + 1;
  }

  #storedRow(): ObjectRow {
    const none = { name: this.#name ?? '', format: NO_FORMAT };
    if (!this.#made.has('object')) return none;
    return this.sql.exec<ObjectRow>('SELECT name, format FROM object').toArray()[0] ?? none;
  }

  /** In a transaction of its own within the one that is open, so that no half of it is ever stored. */
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
