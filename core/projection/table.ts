/**
 * Tables of read models: `table` declares one in drizzle columns; each version of a projection builds its own from
 * it.
 */

import { is, SQL } from 'drizzle-orm';
import {
  primaryKey,
  type SQLiteColumn,
  type SQLiteColumnBuilderBase,
  type SQLiteTable,
  sqliteTable,
  text,
} from 'drizzle-orm/sqlite-core';
import { columnFault, isOpenColumn, subjectOfColumn } from '../sealed/personal-column.ts';
import { ownValue } from '../values/own-value.ts';
import { type CellCodec, cellOf, type StoredValue } from './cell.ts';
import { openCell, sealedCell } from './sealed-cell.ts';

/** The columns of a table: drizzle-orm's column builders by their names in code. */
export type Columns = Readonly<Record<string, SQLiteColumnBuilderBase>>;

type Cell<Column extends SQLiteColumnBuilderBase> = Column['_'] extends { notNull: true }
  ? Column['_']['data']
  : Column['_']['data'] | null;

/** The columns that a new row may leave out. */
export type OptionalColumn<Cols extends Columns> = {
  [Name in keyof Cols]: Cols[Name]['_'] extends { notNull: true }
    ? Cols[Name]['_'] extends { hasDefault: true }
      ? Name
      : never
    : Name;
}[keyof Cols];

/** A row as queries return it. The tenant is not part of it: the server binds it. */
export type Row<Cols extends Columns> = { -readonly [Name in keyof Cols]: Cell<Cols[Name]> };

/** A row as `insert` takes it: a column that can be null or has a default may be left out. */
export type NewRow<Cols extends Columns> = Omit<Row<Cols>, OptionalColumn<Cols>> &
  Partial<Pick<Row<Cols>, OptionalColumn<Cols>>>;

/**
 * A declared table: the columns, the key, and the columns by which the built-in list filters and sorts, the key
 * included.
 */
export interface TableDefinition<
  Cols extends Columns = Columns,
  Key extends string = string,
  Filter extends string = string,
  Sort extends string = string,
> {
  readonly columns: Cols;
  readonly key: readonly Key[];
  readonly filters: readonly (Key | Filter)[];
  readonly sorts: readonly (Key | Sort)[];
  /** The columns of each index, the tenant before them. */
  readonly indexes: readonly (readonly string[])[];
  /** The filters and sorts that are declared to read every row of the tenant. */
  readonly scans: { readonly filters: readonly string[]; readonly sorts: readonly string[] };
}

/** A column by which a list filters or sorts. `scan`: without an index, so that each use reads every row of the tenant. */
export type ListColumn<Name extends string> = Name | { readonly column: Name; readonly scan: true };

/** A projection's tables by name. */
export type Tables = Readonly<Record<string, TableDefinition>>;

export type ColumnsOf<Table> = Table extends TableDefinition<infer Cols> ? Cols : never;
export type KeyOf<Table> = Table extends TableDefinition<Columns, infer Key> ? Key : never;

/**
 * Declares a read model's table in drizzle columns. Ledge adds the tenant as the first part of the key and the
 * projection's version to the name. Key columns can always be filtered and sorted by. A column that filters takes a
 * value, a list, a range and, if it holds text, a prefix: as much as its type allows. Columns of blobs and of big
 * integers are refused, because JSON cannot represent them; so are keys with fractions. An index costs a row written for
 * each insert; a list that compares its first column or sorts by it, a named query that does, and access rules over that
 * column read it instead of the tenant's rows. A filter or sort without an index says so, \`{ column: 'note', scan: true }\`;
 * \`ledge check\` fails where one does not, or need not.
 *
 * @throws Error for a column that the list cannot filter by, and for a key, filter or sort that is not a column
 * @example table({ sku: text().notNull(), onHand: integer().notNull() }, { key: ['sku'], sorts: ['onHand'] })
 */
export function table<
  Cols extends Columns,
  const Key extends keyof Cols & string,
  const Filter extends keyof Cols & string = never,
  const Sort extends keyof Cols & string = never,
>(
  columns: Cols,
  options: {
    readonly key: readonly [Key, ...Key[]];
    readonly filters?: readonly ListColumn<Filter>[];
    readonly sorts?: readonly ListColumn<Sort>[];
    readonly indexes?: readonly (readonly [keyof Cols & string, ...(keyof Cols & string)[]])[];
  },
): TableDefinition<Cols, Key, Filter, Sort> {
  if ('tenant' in columns) {
    throw new Error('A table cannot have a column named tenant: Ledge adds it to every table.');
  }
  const { key, indexes = [] } = options;
  const filters = namesOf(options.filters);
  const sorts = namesOf(options.sorts);
  const scans = { filters: scannedOf(options.filters), sorts: scannedOf(options.sorts) };
  const unknown = [...key, ...filters, ...sorts, ...indexes.flat()].find(
    (name) => !Object.hasOwn(columns, name),
  );
  if (unknown !== undefined)
    throw new Error(`A key, filter, sort or index names no column: ${unknown}.`);
  const fault = columnFault(columns, { key, filters, sorts, indexes });
  if (fault !== undefined) throw new Error(fault);
  const filtered = [...new Set<Key | Filter>([...key, ...filters])];
  const taken = filtered.find((name) => LIST_PARAMETERS.includes(name) || name.includes('.'));
  if (taken !== undefined) {
    throw new Error(
      `A column named ${taken} cannot filter: the list has parameters of such names.`,
    );
  }
  const sorted = [...new Set<Key | Sort>([...key, ...sorts])];
  return { columns, key, filters: filtered, sorts: sorted, indexes, scans };
}

function namesOf<Name extends string>(listed: readonly ListColumn<Name>[] = []): Name[] {
  return listed.map((one) => (typeof one === 'string' ? one : one.column));
}

function scannedOf(listed: readonly ListColumn<string>[] = []): string[] {
  return listed.flatMap((one) => (typeof one === 'string' ? [] : [one.column]));
}

/** Parameters of a list other than the filters `column`, `column.in`, `column.gte` and so on. */
const LIST_PARAMETERS = ['sort', 'limit', 'cursor', 'count'];

/** A declared table in the database: one per version of its projection. */
export interface ReadModelTable {
  /** The name that handlers and queries use. */
  readonly name: string;
  readonly definition: TableDefinition;
  readonly table: SQLiteTable;
  /** The columns by their declared names, `tenant` included. */
  readonly columns: Readonly<Record<string, SQLiteColumn>>;
  /** How each column stores its values, by declared name; the tenant is not among them. */
  readonly cells: Readonly<Record<string, CellCodec>>;
  /** The columns that a new row has to name: those that cannot be null and have no default. */
  readonly needed: readonly string[];
  /** What a new row holds in the columns that it does not name, as it is stored. */
  readonly defaults: Readonly<Record<string, StoredValue>>;
  /** The personal columns that are stored plain. */
  readonly open: readonly OpenCells[];
}

/** A personal column that is stored plain, and the column beside it with its subject, by declared names. */
export interface OpenCells {
  readonly column: string;
  readonly subject: string;
}

/** A name that migrations can be parsed by and that a handler can destructure. */
const TABLE_NAME = /^[A-Za-z]\w*$/;

/** `salesByDay` in version 2 of its projection is `sales_by_day_v2`. */
function physicalName(name: string, version: number): string {
  return `${snakeCase(name)}_v${version}`;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function readModelTable(
  name: string,
  definition: TableDefinition,
  version: number,
): ReadModelTable {
  if (!TABLE_NAME.test(name)) {
    throw new Error(`The table name ${name} needs a letter, then letters, digits and _.`);
  }
  const built = sqliteTable(
    physicalName(name, version),
    { tenant: text().notNull(), ...definition.columns },
    (columns) => [primaryKey({ columns: keyColumns(columns, definition) })],
  );
  const columns = columnsOf(built, definition);
  checkColumns(name, definition, columns);
  const cells = cellsOf(name, definition, columns);
  const defaults = Object.entries(cells).flatMap(([column, cell]) => {
    const value = columns[column]?.default;
    return value === undefined ? [] : [[column, cell.encode(value)] as const];
  });
  const needed = Object.keys(cells).filter(
    (column) => columns[column]?.notNull && columns[column].default === undefined,
  );
  return {
    name,
    definition,
    table: built,
    columns,
    cells,
    needed,
    defaults: Object.fromEntries(defaults),
    open: openCellsOf(definition),
  };
}

function openCellsOf({ columns }: TableDefinition): OpenCells[] {
  return Object.entries(columns).flatMap(([column, declared]) => {
    const subject = subjectOfColumn(declared);
    return subject !== undefined && isOpenColumn(declared) ? [{ column, subject }] : [];
  });
}

function cellsOf(
  table: string,
  { key, columns: declared }: TableDefinition,
  columns: Readonly<Record<string, SQLiteColumn>>,
): Record<string, CellCodec> {
  const cells = Object.keys(declared).map((name) => {
    const cell = cellFor(table, name, columnNamed(columns, name), declared[name]);
    if (key.includes(name) && !cell.canBeKey) {
      throw new Error(`${cell.place} holds fractions, so it cannot be a key: use integer().`);
    }
    return [name, cell] as const;
  });
  return Object.fromEntries(cells);
}

function cellFor(
  table: string,
  name: string,
  column: SQLiteColumn,
  declared: SQLiteColumnBuilderBase | undefined,
): CellCodec {
  const stored = cellOf(table, name, column);
  if (subjectOfColumn(declared) === undefined) return stored;
  return isOpenColumn(declared) ? openCell(stored, column) : sealedCell(stored, column);
}

function checkColumns(
  table: string,
  { filters, sorts, indexes, columns: declared }: TableDefinition,
  columns: Readonly<Record<string, SQLiteColumn>>,
): void {
  const taken = new Set<string>();
  for (const [own, column] of Object.entries(columns)) {
    const name = column.name.toLowerCase();
    if (taken.has(name)) throw new Error(`${table}: ${name} is the name of two columns.`);
    taken.add(name);
    if (!isPlain(column)) {
      throw new Error(`${table}: ${own} takes notNull() and default(value), and no more.`);
    }
  }
  for (const name of [...filters, ...sorts, ...indexes.flat()]) {
    if (!COMPARABLE.includes(columnNamed(columns, name).dataType))
      throw new Error(
        `${table}: ${name} holds what SQL cannot compare, so it cannot filter, sort or be in an index.`,
      );
  }
  for (const sort of sorts) {
    // A cursor compares whole rows, and in SQL a comparison with NULL is never true. A list that sorts by an open column
    // leaves the rows without a value out.
    if (!columnNamed(columns, sort).notNull && !isOpenColumn(declared[sort]))
      throw new Error(`${table}: ${sort} sorts, so it needs notNull().`);
  }
}

/** Drizzle's data types that SQLite orders correctly; it does not for JSON, blobs and big integers. */
const COMPARABLE: readonly string[] = ['string', 'number', 'boolean', 'date'];

/** Whether row changes alone determine the column, so that the same events always lead to the same rows. */
function isPlain(column: SQLiteColumn): boolean {
  const { primary, isUnique, generated, defaultFn, onUpdateFn, default: value } = column;
  const madeElsewhere = generated ?? defaultFn ?? onUpdateFn;
  return !primary && !isUnique && madeElsewhere === undefined && !is(value, SQL);
}

function keyColumns(
  columns: Readonly<Record<string, SQLiteColumn>>,
  definition: TableDefinition,
): [SQLiteColumn, ...SQLiteColumn[]] {
  const rest = definition.key.map((name) => columnNamed(columns, name));
  return [columnNamed(columns, 'tenant'), ...rest];
}

function columnsOf(built: object, definition: TableDefinition): Record<string, SQLiteColumn> {
  // A drizzle table holds its columns as properties under the names they were declared with.
  const columns = built as Readonly<Record<string, SQLiteColumn>>;
  const names = ['tenant', ...Object.keys(definition.columns)];
  return Object.fromEntries(names.map((name) => [name, columnNamed(columns, name)]));
}

/** @throws Error for a name that the table does not declare */
export function cellNamed({ name: table, cells }: ReadModelTable, name: string): CellCodec {
  const cell = ownValue(cells, name);
  if (!cell) throw new Error(`${table} has no column ${name}: name the columns that it declares.`);
  return cell;
}

export function columnNamed(
  columns: Readonly<Record<string, SQLiteColumn>>,
  name: string,
): SQLiteColumn {
  const column = ownValue(columns, name);
  if (!column) throw new Error(`There is no column ${name}.`);
  return column;
}
