/** The order of a list, in which every row has a place of its own: where a page ends, the next one begins. */
import { asc, desc, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { columnNamed, type ReadModelTable } from '../../core/table.ts';
import type { CursorValues } from '../http/cursor.ts';
import type { RowObject } from './reading.ts';

/** The sorted column, then the key. */
export interface Order {
  readonly names: readonly string[];
  readonly columns: readonly SQLiteColumn[];
  readonly descending: boolean;
}

/** `sort` is a column, `-` before it for descending; left out, the key. */
export function orderOf(model: ReadModelTable, sort = model.definition.key[0] ?? ''): Order {
  const descending = sort.startsWith('-');
  const names = [...new Set([descending ? sort.slice(1) : sort, ...model.definition.key])];
  return { names, columns: names.map((name) => columnNamed(model.columns, name)), descending };
}

export function orderBy({ columns, descending }: Order): SQL[] {
  return columns.map((column) => (descending ? desc(column) : asc(column)));
}

/** As the database holds it: a cursor is compared with what is stored, not with what is answered. */
export function placeOf({ names, columns }: Order, row: RowObject): CursorValues {
  return names.map((name, index) => {
    const stored = columns[index]?.mapToDriverValue(row[name]);
    return typeof stored === 'number' ? stored : String(stored);
  });
}

export function comesAfter({ columns, descending }: Order, place: CursorValues): SQL {
  const row = list(columns.map((column) => sql`${column}`));
  const end = list(place.map((value) => sql`${value}`));
  return descending ? sql`${row} < ${end}` : sql`${row} > ${end}`;
}

function list(parts: readonly SQL[]): SQL {
  return sql`(${sql.join([...parts], sql`, `)})`;
}
