/** The total order of a list, so that the next page begins where one ends. */

import { asc, desc, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { KnownFault } from '../../core/failures/known-fault.ts';
import type { CellCodec } from '../../core/projection/cell.ts';
import { cellNamed, columnNamed, type ReadModelTable } from '../../core/projection/table.ts';
import type { CursorValues } from '../http/cursor.ts';
import type { RowObject } from './reading.ts';

/** The sorted column, then the key. */
export interface Order {
  readonly names: readonly string[];
  readonly columns: readonly SQLiteColumn[];
  readonly cells: readonly CellCodec[];
  readonly descending: boolean;
}

/** `sort` is a column, with a leading `-` for descending; left out: the key. */
export function orderOf(model: ReadModelTable, sort = model.definition.key[0] ?? ''): Order {
  const descending = sort.startsWith('-');
  const names = [...new Set([descending ? sort.slice(1) : sort, ...model.definition.key])];
  const columns = names.map((name) => columnNamed(model.columns, name));
  return { names, columns, cells: names.map((name) => cellNamed(model, name)), descending };
}

/** `tenant`: its column, where an index is read, which has the tenant behind the columns of its own. */
export function orderBy({ columns, descending }: Order, tenant?: SQLiteColumn): SQL[] {
  return indexed(columns, tenant).map((column) => (descending ? desc(column) : asc(column)));
}

function indexed<Part>([first, ...rest]: readonly Part[], tenant: Part | undefined): Part[] {
  return [first, tenant, ...rest].filter((part) => part !== undefined);
}

/**
 * The stored values of a row, because a cursor is compared with stored values.
 *
 * @throws Error for a stored value that JavaScript rounds: the page after it could be the same page forever
 */
export function placeOf({ names, cells }: Order, row: RowObject): CursorValues {
  return cells.map((cell, index) => {
    const stored = storedForm(cell, row[names[index] ?? '']);
    if (stored !== undefined) return stored;
    throw new KnownFault(`${cell.place} holds what no row change stores: rebuild the projection.`);
  });
}

function storedForm(cell: CellCodec, value: unknown): string | number | undefined {
  try {
    return (cell.opened ?? cell.encode)(value) ?? undefined;
  } catch {
    return undefined;
  }
}

/** `within`: the tenant and its column, where an index is read. */
export function comesAfter(
  { columns, descending }: Order,
  place: CursorValues,
  within?: { readonly tenant: string; readonly column: SQLiteColumn },
): SQL {
  const row = list(indexed(columns, within?.column).map((column) => sql`${column}`));
  const end = list(indexed(place, within?.tenant).map((value) => sql`${value}`));
  return descending ? sql`${row} < ${end}` : sql`${row} > ${end}`;
}

function list(parts: readonly SQL[]): SQL {
  return sql`(${sql.join([...parts], sql`, `)})`;
}
