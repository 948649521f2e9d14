/** The built-in list and get over a projection's first table: filters, sort, cursor, key. Called by the query route. */
import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { z } from 'zod';
import { type Failure, invalid } from '../../core/outcome.ts';
import { columnNamed, type ReadModelTable } from '../../core/table.ts';
import { type CursorValues, decodeCursor, encodeCursor } from '../http/cursor.ts';
import { invalidParameters } from '../http/input-errors.ts';

export type RowObject = Readonly<Record<string, unknown>>;

/** A page, and the cursor of the next one when there may be one. */
export interface RowPage {
  readonly rows: readonly RowObject[];
  readonly cursor?: string;
}

const paging = z.object({
  /** A column, `-` before it for descending. */
  sort: z.string().exactOptional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().exactOptional(),
});

/** What a caller may ask of a table: its filters, a sort, a limit and a cursor. */
export function listInput(model: ReadModelTable) {
  const sorts = model.definition.sorts.flatMap((name) => [name, `-${name}`]);
  return paging
    .extend({ sort: z.enum(sorts).exactOptional() })
    .extend(filtersInput(model))
    .strict();
}

function filtersInput(model: ReadModelTable): Record<string, z.ZodType> {
  const { filters } = model.definition;
  return Object.fromEntries(
    filters.map((name) => [name, columnInput(columnNamed(model.columns, name)).exactOptional()]),
  );
}

/** Texts stay texts; numbers and booleans are read from theirs. */
function columnInput({ dataType, enumValues }: SQLiteColumn): z.ZodType {
  if (enumValues && enumValues.length > 0) return z.enum(enumValues);
  if (dataType === 'number') return z.coerce.number();
  return dataType === 'boolean' ? z.stringbool() : z.string();
}

export async function listRows(
  database: D1Database,
  tenant: string,
  model: ReadModelTable,
  query: Readonly<Record<string, string>>,
): Promise<RowPage | Failure> {
  const input = listInput(model).safeParse(query);
  if (!input.success) return invalidParameters(input.error);
  const { sort, limit, cursor } = paging.parse(query);
  const filters = z.object(filtersInput(model)).parse(query);
  const order = orderOf(model, sort);
  const after = cursor === undefined ? undefined : pastCursor(order, cursor);
  if (after === 'bad') return invalid('cursor', 'This is not a cursor of this list and sort.');

  const rows = await drizzle(database)
    .select(answeredColumns(model))
    .from(model.table)
    .where(and(tenantIs(model, tenant), ...conditions(model, filters), after))
    .orderBy(...order.columns.map((column) => (order.descending ? desc(column) : asc(column))))
    .limit(limit);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return last ? { rows, cursor: encodeCursor(cursorOf(order, last)) } : { rows };
}

/** The row with this key; undefined when there is none. */
export async function getRow(
  database: D1Database,
  tenant: string,
  model: ReadModelTable,
  key: readonly string[],
): Promise<RowObject | undefined> {
  const named = Object.fromEntries(model.definition.key.map((name, index) => [name, key[index]]));
  const [row] = await drizzle(database)
    .select(answeredColumns(model))
    .from(model.table)
    .where(and(tenantIs(model, tenant), ...conditions(model, named)));
  return row;
}

function answeredColumns(model: ReadModelTable): Record<string, SQLiteColumn> {
  const { tenant: _tenant, ...columns } = model.columns;
  return columns;
}

function tenantIs(model: ReadModelTable, tenant: string): SQL {
  return eq(columnNamed(model.columns, 'tenant'), tenant);
}

function conditions(model: ReadModelTable, filters: RowObject): SQL[] {
  return Object.entries(filters).map(([name, value]) =>
    eq(columnNamed(model.columns, name), value),
  );
}

/** The sorted column, then the key, so that every row has its own place. */
interface Order {
  readonly names: readonly string[];
  readonly columns: readonly SQLiteColumn[];
  readonly descending: boolean;
}

function orderOf(model: ReadModelTable, sort = model.definition.key[0] ?? ''): Order {
  const descending = sort.startsWith('-');
  const names = [...new Set([descending ? sort.slice(1) : sort, ...model.definition.key])];
  return { names, columns: names.map((name) => columnNamed(model.columns, name)), descending };
}

function cursorOf({ names }: Order, row: RowObject): CursorValues {
  return names.map((name) => {
    const value = row[name];
    return typeof value === 'number' ? value : String(value);
  });
}

function pastCursor({ columns, descending }: Order, cursor: string): SQL | 'bad' {
  const values = decodeCursor(cursor);
  if (values?.length !== columns.length) return 'bad';
  const left = sql.join(
    columns.map((column) => sql`${column}`),
    sql`, `,
  );
  const right = sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  );
  return descending ? sql`(${left}) < (${right})` : sql`(${left}) > (${right})`;
}
