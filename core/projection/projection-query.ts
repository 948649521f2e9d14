/**
 * What a named query of a projection is given and returns: drizzle tables that hold the rows that the caller
 * may see, and a drizzle select over them.
 */

import { getTableName, sql } from 'drizzle-orm';
import {
  type BaseSQLiteDatabase,
  QueryBuilder,
  type SQLiteColumn,
  type SQLiteTableWithColumns,
} from 'drizzle-orm/sqlite-core';
import type * as z from 'zod';
import type { Unsealed } from '../sealed/sealed.ts';
import type { Narrowing } from './read-path.ts';
import { isMasked, isVisible, type Viewer } from './row-scope.ts';
import { type Narrowings, narrowingsIn } from './select-narrowing.ts';
import type { Columns, ColumnsOf, ReadModelTable, Tables } from './table.ts';

/** A query's tables, narrowed to what the caller may see. For drizzle each behaves like a table. */
export type Readable<Given extends Tables> = {
  readonly [Name in keyof Given]: SQLiteTableWithColumns<{
    name: Name & string;
    schema: undefined;
    dialect: 'sqlite';
    columns: {
      [Column in keyof ColumnsOf<Given[Name]> & string]: QueryColumn<
        Name & string,
        ColumnsOf<Given[Name]>[Column]
      >;
    };
  }>;
};

/** Carries its table's name: drizzle uses it to decide whether a join makes the column nullable. */
type QueryColumn<Table extends string, Builder extends Columns[string]> = SQLiteColumn<{
  name: string;
  tableName: Table;
  dataType: Builder['_']['dataType'];
  columnType: Builder['_']['columnType'];
  data: ReadValue<Builder>;
  driverParam: Builder['_']['driverParam'];
  notNull: Builder['_'] extends { notNull: true } ? true : false;
  hasDefault: false;
  isPrimaryKey: false;
  isAutoincrement: false;
  hasRuntimeDefault: false;
  enumValues: Builder['_']['enumValues'];
  baseColumn: never;
  identity: undefined;
  generated: undefined;
}>;

/** Named queries read the plain values of an open column. */
type ReadValue<Builder extends Columns[string]> = Builder['_'] extends { readonly open: true }
  ? Unsealed<Builder['_']['data']>
  : Builder['_']['data'];

/** A drizzle select over the tables that the query was given. */
export interface Select<Result = unknown> extends PromiseLike<readonly Result[]> {
  toSQL(): { sql: string; params: unknown[] };
}

/** drizzle's `select`, `selectDistinct`, `with` and `$with`. */
export type SelectBuilder = Pick<
  BaseSQLiteDatabase<'async', unknown>,
  'select' | 'selectDistinct' | 'with' | '$with'
>;

/** A query that a projection answers beside the built-in list and get. */
export interface NamedQuery {
  readonly name: string;
  readonly projection: string;
  /** Whether it is declared to read every row of the tenant. */
  readonly scan: boolean;
  readonly input: z.ZodType;
  /** The same schema for texts, as URL parameters are written. */
  readonly written: z.ZodType;
  /** `input` is already validated. */
  build(selecting: SelectBuilder, viewer: Viewer, input: unknown): Select;
}

export type QueryTypes = Readonly<Record<string, { input: unknown; row: unknown }>>;

export type RowOf<Result> = Result extends PromiseLike<readonly (infer Found)[]> ? Found : never;

/** A named query before it has the tables of a version. */
export interface DeclaredQuery {
  readonly name: string;
  readonly scan: boolean;
  readonly input: z.ZodType;
  readonly written: z.ZodType;
  readonly build: (selecting: SelectBuilder, tables: object, input: unknown) => Select;
}

/**
 * The select of a query over the rows that a viewer may see. Where tables have indexes it is built twice: which of them
 * serve it is known by its SQL alone.
 */
export function visibleSelect(
  { build }: DeclaredQuery,
  selecting: SelectBuilder,
  tables: readonly ReadModelTable[],
  viewer: Viewer,
  input: unknown,
): Select {
  const narrowed = (narrowings: Narrowings) =>
    build(selecting, visibleTables(tables, viewer, narrowings), input);
  const select = narrowed({});
  if (tables.every(({ definition }) => definition.indexes.length === 0)) return select;
  return narrowed(narrowingsIn(select.toSQL().sql, tables));
}

/** The tables by name, narrowed to what the viewer may see. */
function visibleTables(
  tables: readonly ReadModelTable[],
  viewer: Viewer,
  narrowings: Narrowings,
): Readonly<Record<string, object>> {
  return Object.fromEntries(
    tables.map((table) => [table.name, visibleRows(table, viewer, narrowings[table.name])]),
  );
}

/** What a viewer may see, without the tenant column, as a subquery: a forgotten filter has nothing to leak. */
export function visibleRows(model: ReadModelTable, viewer: Viewer, narrowing?: Narrowing) {
  const { tenant: tenantColumn, ...columns } = model.columns;
  if (!tenantColumn) throw new Error(`Table ${model.name} has no tenant.`);
  return new QueryBuilder()
    .select(columns)
    .from(isMasked(model, viewer) ? maskedTable(model) : model.table)
    .where(isVisible(model, viewer, narrowing))
    .as(model.name);
}

/** The table with null in its open columns, so that no filter, sort or expression of a query infers a value. */
function maskedTable({ columns, open, table }: ReadModelTable) {
  const selected = Object.entries(columns).map(([declared, column]) => {
    const isOpen = open.some((one) => one.column === declared);
    return [column.name, isOpen ? sql`NULL`.as(column.name) : column] as const;
  });
  return new QueryBuilder()
    .select(Object.fromEntries(selected))
    .from(table)
    .as(getTableName(table));
}
